"""The alert state machine: value by value, by a clock of the test."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.alerts import State, Thresholds, Transition, calm, judge, level_of

PLAIN = Thresholds(warning_raise=70, warning_clear=65, critical_raise=90, critical_clear=85)

OK = State()


def play(thresholds: Thresholds, readings: list[tuple[int, float | None]], state: State = OK) -> list[str]:
    """Feed (second, value) pairs; return each transition as ``second:level``, recovery as ``second:ok``."""
    told = []
    for second, value in readings:
        state, step = judge(thresholds, state, value, second * 1000)
        if step is not None:
            told.append(f"{second}:{step.level or 'ok'}")
    return told


def test_it_raises_beyond_the_threshold_and_not_at_it() -> None:
    assert play(PLAIN, [(0, 70.0)]) == []
    assert play(PLAIN, [(0, 70.1)]) == ["0:warning"]


def test_it_clears_at_the_clear_threshold_and_not_before() -> None:
    assert play(PLAIN, [(0, 75), (1, 69), (2, 65.1), (3, 65), (4, 60)]) == ["0:warning", "3:ok"]


def test_between_the_thresholds_nothing_flaps() -> None:
    assert play(PLAIN, [(n, 75 if n % 2 else 66) for n in range(1, 50)]) == ["1:warning"]


def test_it_goes_straight_to_critical() -> None:
    assert play(PLAIN, [(0, 95)]) == ["0:critical"]


def test_it_gets_worse_and_better_by_steps() -> None:
    assert play(PLAIN, [(0, 75), (1, 95), (2, 86), (3, 84), (4, 50)]) == [
        "0:warning",
        "1:critical",
        "3:warning",
        "4:ok",
    ]


def test_it_recovers_from_critical_at_once() -> None:
    assert play(PLAIN, [(0, 95), (1, 50)]) == ["0:critical", "1:ok"]


def test_a_critical_that_falls_into_the_held_warning_band_becomes_a_warning() -> None:
    assert play(PLAIN, [(0, 95), (1, 67)]) == ["0:critical", "1:warning"]


def test_a_transition_names_the_threshold_that_was_crossed() -> None:
    state, raised = judge(PLAIN, State(), 75, 0)
    assert raised == Transition("warning", "", 70)
    assert judge(PLAIN, state, 50, 1)[1] == Transition("", "warning", 65)


def test_without_a_clear_threshold_it_clears_where_it_was_raised() -> None:
    assert play(Thresholds(warning_raise=70), [(0, 71), (1, 70.5), (2, 70)]) == ["0:warning", "2:ok"]


def test_a_level_without_a_threshold_is_never_raised() -> None:
    assert play(Thresholds(critical_raise=90), [(0, 89), (1, 91), (2, 90)]) == ["1:critical", "2:ok"]
    assert play(Thresholds(), [(0, 1e9)]) == []


def test_a_threshold_of_zero_is_a_threshold() -> None:
    assert play(Thresholds(warning_raise=0), [(0, 0), (1, 0.1), (2, 0)]) == ["1:warning", "2:ok"]


def test_below_turns_everything_around() -> None:
    low = Thresholds(above=False, warning_raise=20, warning_clear=25, critical_raise=10, critical_clear=15)
    assert play(low, [(0, 20), (1, 19), (2, 24), (3, 9), (4, 12), (5, 25)]) == ["1:warning", "3:critical", "5:ok"]


def test_for_waits_until_the_value_has_been_beyond_long_enough() -> None:
    patient = replace(PLAIN, for_ms=10_000)
    assert play(patient, [(n, 75) for n in range(15)]) == ["10:warning"]


def test_for_begins_anew_when_the_value_was_well_in_between() -> None:
    patient = replace(PLAIN, for_ms=10_000)
    assert play(patient, [(0, 75), (9, 75), (10, 50), (11, 75), (20, 75), (21, 75)]) == ["21:warning"]


def test_for_counts_over_levels() -> None:
    patient = replace(PLAIN, for_ms=10_000)
    assert play(patient, [(0, 75), (5, 95), (10, 95)]) == ["10:critical"]


def test_keep_firing_for_waits_until_the_value_has_been_well_long_enough() -> None:
    sticky = replace(PLAIN, keep_firing_for_ms=10_000)
    assert play(sticky, [(0, 75), (1, 50), (5, 75), (6, 50), (15, 50), (16, 50)]) == ["0:warning", "16:ok"]


def test_grace_raises_nothing_and_starts_no_waiting() -> None:
    patient = replace(PLAIN, for_ms=5_000)
    state, step = judge(patient, State(), 99, 0, grace=True)
    assert (state, step) == (State(), None)
    assert play(patient, [(10, 99), (14, 99), (15, 99)], state) == ["15:critical"]


def test_grace_lets_an_alert_recover() -> None:
    assert judge(PLAIN, State("warning"), 10, 0, grace=True)[1] == Transition("", "warning", 65)


def test_no_reading_changes_nothing() -> None:
    waiting = State("warning", "critical", 5, None)
    assert judge(PLAIN, waiting, None, 99) == (waiting, None)


def test_a_clock_that_was_set_back_begins_the_waiting_anew() -> None:
    patient = replace(PLAIN, for_ms=10_000, keep_firing_for_ms=10_000)
    assert play(patient, [(100, 75), (50, 75), (59, 75), (60, 75)]) == ["60:warning"]
    assert play(patient, [(100, 50), (50, 50), (59, 50), (60, 50)], State("warning")) == ["60:ok"]


@pytest.mark.parametrize(
    ("current", "value", "level"), [("", 66, ""), ("warning", 66, "warning"), ("critical", 86, "critical")]
)
def test_the_level_depends_on_the_one_that_fires(current: str, value: float, level: str) -> None:
    assert level_of(PLAIN, current, value) == level


values = st.none() | st.floats(0, 100)
rules = st.builds(
    lambda above, w, c, gap, wait, keep: Thresholds(
        above=above,
        warning_raise=w if above else 100 - w,
        warning_clear=w - gap if above else 100 - w + gap,
        critical_raise=w + c if above else 100 - w - c,
        critical_clear=w + c - gap if above else 100 - w - c + gap,
        for_ms=wait,
        keep_firing_for_ms=keep,
    ),
    st.booleans(),
    st.floats(20, 60),
    st.floats(0, 30),
    st.floats(0, 15),
    st.sampled_from((0, 3_000)),
    st.sampled_from((0, 2_000)),
)


@given(rules, st.lists(st.tuples(st.integers(-1, 5), values, st.booleans()), max_size=60))
def test_what_is_told_is_always_a_change(
    thresholds: Thresholds, readings: list[tuple[int, float | None, bool]]
) -> None:
    state, now, told = State(), 0, [""]
    for step, value, grace in readings:
        now += step * 1000
        state, transition = judge(thresholds, state, value, now, grace=grace)
        if transition is not None:
            assert transition.before == told[-1] != transition.level == state.level
            told.append(transition.level)
        assert state.level == told[-1]


@given(rules, values, st.booleans())
def test_a_calm_value_changes_nothing_of_a_state_at_rest(
    thresholds: Thresholds, value: float | None, grace: bool
) -> None:
    rest = State(raised_at=(1, 2))
    if calm(thresholds, value):
        assert judge(thresholds, rest, value, 1000, grace=grace) == (rest, None)
    else:
        assert value is None or value != value or level_of(thresholds, "", value)


@given(rules, st.lists(st.floats(0, 100), max_size=40))
def test_a_value_that_stays_well_always_ends_in_recovery(thresholds: Thresholds, values: list[float]) -> None:
    well = 0.0 if thresholds.above else 100.0
    state = State()
    for second, value in enumerate([*values, well, well, well, well]):
        state, _ = judge(thresholds, state, value, second * 1000)
    assert state == State()
