"""What changed between two readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.detector import detect_changes, priority_of
from metrics.messages import Change
from tests.support.readings import make_reading

percent = st.floats(0, 100).map(lambda value: round(value, 1))


def test_the_first_reading_is_one_change_of_everything() -> None:
    reading = make_reading()
    assert detect_changes(None, reading) == [Change("all", None, reading)]


def test_the_same_values_are_no_change() -> None:
    assert detect_changes(make_reading(1), make_reading(2, uptime=999, load1=5.0)) == []


def test_a_change_has_old_new_and_delta() -> None:
    (change,) = detect_changes(make_reading(cpu=10.1), make_reading(cpu=12.4))
    assert change == Change("cpuUsage", 10.1, 12.4, 2.3)


def test_each_monitored_field_is_reported_by_its_name_on_the_wire() -> None:
    after = make_reading(cpu=1.0, memory_usage=2.0, disk_usage=3.0, active_connections=5)
    fields = [change.field for change in detect_changes(make_reading(), after)]
    assert fields == ["cpuUsage", "memoryUsage", "diskUsage", "activeConnections"]


@given(percent, percent)
def test_the_delta_takes_the_old_value_to_the_new(old: float, new: float) -> None:
    for change in detect_changes(make_reading(cpu=old), make_reading(cpu=new)):
        assert isinstance(change.old_value, float) and isinstance(change.delta, float)
        assert change.old_value + change.delta == pytest.approx(new)


@pytest.mark.parametrize(("cpu", "priority"), [(80.0, "low"), (80.1, "high"), (100.0, "high"), (5.0, "low")])
def test_a_cpu_that_changed_to_above_80_is_urgent(cpu: float, priority: str) -> None:
    assert priority_of(detect_changes(make_reading(), make_reading(cpu=cpu))) == priority


def test_memory_above_80_is_urgent_and_a_full_disk_is_not() -> None:
    assert priority_of(detect_changes(make_reading(), make_reading(memory_usage=80.1))) == "high"
    assert priority_of(detect_changes(make_reading(), make_reading(disk_usage=99.0))) == "low"


def test_a_busy_cpu_that_did_not_change_is_not_urgent() -> None:
    assert priority_of(detect_changes(make_reading(cpu=95.0), make_reading(cpu=95.0, disk_usage=31.0))) == "low"


def test_more_than_three_changes_are_of_normal_priority() -> None:
    after = make_reading(cpu=1.0, memory_usage=2.0, disk_usage=3.0)
    assert priority_of(detect_changes(make_reading(), after)) == "low"
    after.active_connections = 9
    assert priority_of(detect_changes(make_reading(), after)) == "normal"


def test_the_first_reading_and_no_change_are_of_low_priority() -> None:
    assert priority_of(detect_changes(None, make_reading(cpu=99.0))) == "low"
    assert priority_of([]) == "low"
