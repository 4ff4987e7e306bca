"""Ranges, buckets and histories, checked against plain arithmetic."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import alert_selectors, selectors, services
from metrics.models import Host
from tests.support.readings import NOON, make_reading

pytestmark = pytest.mark.django_db
HOUR = 3_600_000


@pytest.fixture
def host() -> Host:
    """A host with ten minutes of readings, one a second, a few missing."""
    host = services.host_ensure(name="a")
    dice = random.Random(7)
    seconds = [second for second in range(600) if dice.random() > 0.1]
    readings = [make_reading(NOON + s * 1000, cpu=dice.uniform(0, 100), load1=None, swap_usage=5.0) for s in seconds]
    services.snapshots_store(host=host, readings=readings)
    return host


@pytest.mark.parametrize("points", [20, 60, 100, 250])
def test_buckets_hold_the_average_least_and_greatest(host: Host, points: int) -> None:
    found = selectors.status_range(host=host, start=NOON, end=NOON + 600_000, points=points)
    rows = selectors.statuses_newest(host=host, limit=1000)
    expected: dict[int, list[float]] = {}
    for row in rows:
        expected.setdefault(row.timestamp // found.step * found.step, []).append(row.cpu_usage)
    assert found.timestamps == sorted(expected)
    cpu = found.series["cpuUsage"]
    assert cpu["avg"] == [pytest.approx(sum(v) / len(v), abs=0.006) for _, v in sorted(expected.items())]
    assert cpu["min"] == [min(v) for _, v in sorted(expected.items())]
    assert cpu["max"] == [max(v) for _, v in sorted(expected.items())]


def test_a_range_at_one_second_is_the_readings_themselves(host: Host) -> None:
    found = selectors.status_range(host=host, start=NOON, end=NOON + 300_000, points=720)
    rows = [r for r in selectors.statuses_newest(host=host, limit=1000) if r.timestamp < NOON + 300_000]
    assert found.step == 1000 and found.timestamps == [row.timestamp for row in rows]
    for kind in ("avg", "min", "max"):
        assert found.series["cpuUsage"][kind] == [row.cpu_usage for row in rows]


def test_a_moment_always_falls_into_the_same_bucket(host: Host) -> None:
    one = selectors.status_range(host=host, start=NOON, end=NOON + 600_000, points=60)
    later = selectors.status_range(host=host, start=NOON + 13_000, end=NOON + 613_000, points=60)
    assert one.step == later.step == 10_000
    assert set(later.timestamps) <= set(one.timestamps)
    whole = slice(2, 59)
    assert one.series["cpuUsage"]["avg"][whole] == later.series["cpuUsage"]["avg"][1:58]


def test_what_was_never_read_is_null_and_not_zero(host: Host) -> None:
    for points in (60, 720):
        found = selectors.status_range(host=host, start=NOON, end=NOON + 600_000, points=points)
        assert set(found.series["load1"]["avg"]) == set(found.series["load1"]["max"]) == {None}
        assert set(found.series["swapUsage"]["min"]) == {5.0}


def test_a_gap_is_a_missing_bucket(host: Host) -> None:
    services.snapshots_store(host=host, readings=[make_reading(NOON + HOUR)])
    found = selectors.status_range(host=host, start=NOON, end=NOON + 2 * HOUR, points=120)
    assert found.step == 60_000
    assert found.timestamps == [*range(NOON - NOON % 60_000, NOON + 600_000, 60_000), (NOON + HOUR) // 60_000 * 60_000]


def test_a_range_ends_before_its_end(host: Host) -> None:
    found = selectors.status_range(host=host, start=NOON + 5_000, end=NOON + 9_000, points=100)
    assert all(NOON + 5_000 <= moment < NOON + 9_000 for moment in found.timestamps)


def test_a_range_without_readings_is_empty(host: Host) -> None:
    for points in (1, 720):
        found = selectors.status_range(host=host, start=0, end=1000, points=points)
        assert found.timestamps == [] and found.series["cpuUsage"]["avg"] == []


def test_other_hosts_stay_out(host: Host) -> None:
    other = services.host_ensure(name="b")
    services.snapshots_store(host=other, readings=[make_reading(NOON, host="b", cpu=100.0)])
    found = selectors.status_range(host=other, start=NOON, end=NOON + 600_000, points=60)
    assert found.series["cpuUsage"]["avg"] == [100.0]


@given(st.integers(0, 2**41), st.integers(1, 2**41), st.integers(1, 5000))
def test_the_step_gives_no_more_points_than_asked_for(start: int, length: int, points: int) -> None:
    step = selectors.step_for(start=start, end=start + length, points=points)
    assert step >= 1000 and step * points >= length
    assert step in selectors.STEPS_MS or step % selectors.STEPS_MS[-1] == 0


@given(st.integers(0, 2**41), st.integers(0, 10**6), st.integers(1, 2**35), st.integers(1, 5000))
def test_the_step_does_not_depend_on_where_a_range_begins(start: int, shift: int, length: int, points: int) -> None:
    one = selectors.step_for(start=start, end=start + length, points=points)
    assert one == selectors.step_for(start=start + shift, end=start + shift + length, points=points)


def test_a_stored_reading_comes_back_as_it_was() -> None:
    host = services.host_ensure(name="a")
    services.snapshots_store(host=host, readings=[make_reading(cpu_per_core=[1.5, 2.5], temperature=51.5, load1=0.3)])
    host.refresh_from_db()
    assert selectors.statuses_newest(host=host, limit=5) == [
        make_reading(cpu_per_core=[1.5, 2.5], temperature=51.5, load1=0.3)
    ]


def test_the_newest_readings_come_oldest_first(host: Host) -> None:
    found = selectors.statuses_newest(host=host, limit=5, before=NOON + 300_000)
    moments = [status.timestamp for status in found]
    assert moments == sorted(moments) and len(moments) == 5 and moments[-1] < NOON + 300_000


def test_recent_events_of_all_hosts_are_merged_in_time(host: Host) -> None:
    other = services.host_ensure(name="b")
    services.snapshots_store(host=other, readings=[make_reading(NOON + n * 1000, host="b") for n in range(600)])
    events = selectors.status_events(10)
    assert [event.position for event in events] == sorted(event.position for event in events)
    assert sum(event.key == "a" for event in events) == sum(event.key == "b" for event in events) == 10


@pytest.mark.parametrize("before", [None, NOON + 100_000, 0, 2**62, 2**63, 2**80, -(2**80)])
def test_a_history_before_any_moment_can_be_asked_for(host: Host, before: int | None) -> None:
    found = [json.loads(entry)["timestamp"] for entry in selectors.status_history(5, before)]
    assert found == sorted(found) and len(found) == (0 if before is not None and before <= 0 else 5)
    assert alert_selectors.health_history(5, before) == []


def test_storing_twice_stores_once() -> None:
    host = services.host_ensure(name="a")
    for _ in range(2):
        services.snapshots_store(host=host, readings=[make_reading(NOON), make_reading(NOON + 1000)])
    assert len(selectors.statuses_newest(host=host, limit=9)) == 2


def test_pruning_takes_what_is_old_and_leaves_the_rest(host: Host) -> None:
    before = len(selectors.statuses_newest(host=host, limit=1000, before=NOON + 60_000))
    assert services.snapshots_prune(before=NOON + 60_000) == before
    assert services.snapshots_prune(before=NOON + 60_000) == 0
    assert selectors.statuses_newest(host=host, limit=1000)[0].timestamp >= NOON + 60_000


def test_pruning_takes_no_more_at_once_than_it_may(host: Host) -> None:
    assert services.snapshots_prune(before=NOON + HOUR, limit=10) == 10
