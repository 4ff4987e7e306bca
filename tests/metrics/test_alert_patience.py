"""The alert state machine where it is patient: flapping values and missing ones."""

from __future__ import annotations

from metrics.alerts import State, Thresholds, Transition, flapping, judge

RESTLESS = Thresholds(warning_raise=70, flap_raises=3, flap_window_ms=100_000, flap_hold_ms=20_000)
SILENT = Thresholds(warning_raise=70, warning_clear=60, no_data_ms=10_000, no_data_level="critical")


def play(thresholds: Thresholds, readings: list[tuple[int, float | None]]) -> tuple[State, list[str]]:
    """Feed (second, value) pairs; return the last state and each transition as ``second:level``."""
    state, told = State(), []
    for second, value in readings:
        state, step = judge(thresholds, state, value, second * 1000)
        if step is not None:
            told.append(f"{second}:{step.level or 'ok'}")
    return state, told


def test_a_value_that_swings_becomes_one_alert_that_stays() -> None:
    _, told = play(RESTLESS, [(n, 80 if n % 2 else 50) for n in range(1, 40)])
    assert told == ["1:warning", "2:ok", "3:warning", "4:ok", "5:warning"]


def test_a_flapping_alert_ends_once_the_value_has_been_well_for_long() -> None:
    swings: list[tuple[int, float | None]] = [(n, 80 if n % 2 else 50) for n in range(1, 10)]
    _, told = play(RESTLESS, [*swings, *((n, 50) for n in range(10, 40))])
    assert told[-1] == "30:ok" and len(told) == 6


def test_raises_of_long_ago_are_not_flapping() -> None:
    state = State("warning", raised_at=(0, 1, 200_000))
    assert not flapping(RESTLESS, state, 200_001)
    assert flapping(RESTLESS, State("warning", raised_at=(150_000, 180_000, 200_000)), 200_001)


def test_zero_raises_switch_flap_protection_off() -> None:
    calm = Thresholds(warning_raise=70)
    _, told = play(calm, [(n, 80 if n % 2 else 50) for n in range(1, 21)])
    assert len(told) == 20


def test_a_value_that_is_missing_for_long_raises_what_the_rule_says() -> None:
    state, told = play(SILENT, [(0, 50), (1, None), (10, None), (11, None), (12, None)])
    assert told == ["11:critical"] and state.no_data
    assert play(SILENT, [(0, None), (10, None)])[0].level == "critical"


def test_a_gap_that_is_short_is_forgotten() -> None:
    state, told = play(SILENT, [(0, None), (9, None), (10, 50), (11, None), (20, None)])
    assert told == [] and state.missing_since == 11_000


def test_a_value_that_comes_back_ends_what_its_absence_raised_even_between_the_thresholds() -> None:
    _, told = play(SILENT, [(0, None), (10, None), (11, 65)])
    assert told == ["10:critical", "11:ok"]


def test_without_a_level_missing_values_only_show_in_the_state() -> None:
    quiet = Thresholds(warning_raise=70, no_data_ms=10_000)
    state, told = play(quiet, [(0, 80), (1, None), (11, None), (12, None)])
    assert told == ["0:warning"] and state.no_data and state.level == "warning"


def test_a_missing_value_ends_a_wait() -> None:
    patient = Thresholds(warning_raise=70, for_ms=60_000, no_data_ms=10_000)
    state, _ = play(patient, [(0, 80), (1, None), (11, None)])
    assert state.pending_since is None
    assert judge(patient, state, 80, 60_000)[1] is None


def test_not_a_number_is_a_missing_value() -> None:
    assert play(SILENT, [(0, float("nan")), (10, float("nan"))])[1] == ["10:critical"]


def test_silence_within_the_grace_raises_nothing() -> None:
    state, step = judge(SILENT, State(missing_since=0), None, 60_000, grace=True)
    assert step is None and state.level == ""
    assert judge(SILENT, state, None, 61_000)[1] == Transition("critical", "", 10.0, no_data=True)
