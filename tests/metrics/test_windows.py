"""Averages over a window: pure."""

from __future__ import annotations

from metrics.windows import Windows
from tests.support.readings import make_reading

MINUTE = {"cpu": 60_000}


def filled(*cpus: float, step: int = 1_000) -> Windows:
    """Return the windows after one reading per ``step`` ms from 0 on."""
    windows = Windows()
    windows.fill(["cpu"], [])
    for number, cpu in enumerate(cpus):
        windows.add(number * step, {"cpu": cpu}, MINUTE)
    return windows


def test_it_averages_what_lies_within_the_window() -> None:
    windows = filled(*[10.0] * 60, *[40.0] * 60)
    assert windows.average("cpu", 60_000, 119_000) == 40
    assert windows.average("cpu", 30_000, 119_000) == 40


def test_a_clock_that_is_set_back_blinds_no_rule() -> None:
    windows = filled(*[90.0] * 60, step=60_000)
    for second in range(130):
        windows.add(1_000 * second, {"cpu": 10.0}, {"cpu": 3_600_000})
    assert windows.average("cpu", 60_000, 129_000) == 10


def test_one_busy_second_is_no_busy_minute() -> None:
    windows = filled(*[100.0] * 10)
    assert windows.average("cpu", 60_000, 9_000) is None
    assert filled(*[100.0] * 31).average("cpu", 60_000, 30_000) == 100


def test_it_begins_with_the_past_that_is_stored() -> None:
    windows = Windows()
    assert windows.misses(MINUTE) == {"cpu"}
    windows.fill(["cpu"], [make_reading(moment, cpu=80) for moment in range(0, 50_000, 1_000)])
    windows.add(50_000, {"cpu": 80.0}, MINUTE)
    assert windows.average("cpu", 60_000, 50_000) == 80 and windows.misses(MINUTE) == set()


def test_missing_values_and_readings_out_of_order_do_not_count() -> None:
    windows = filled(*[20.0] * 40)
    windows.add(40_000, {"cpu": None}, MINUTE)
    windows.add(1_000, {"cpu": 100.0}, MINUTE)
    windows.add(41_000, {"cpu": float("nan")}, MINUTE)
    assert windows.average("cpu", 60_000, 41_000) == 20


def test_what_no_rule_asks_for_is_forgotten() -> None:
    windows = filled(*[20.0] * 40)
    windows.add(40_000, {"cpu": 20.0}, {})
    assert windows.average("cpu", 60_000, 40_000) is None and windows.misses(MINUTE) == {"cpu"}
