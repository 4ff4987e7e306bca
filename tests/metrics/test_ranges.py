"""Ranges and buckets, checked against plain arithmetic."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import selectors, services
from metrics.history import tiers
from metrics.history.ranges import status_range
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
    found = status_range(host=host, start=NOON, end=NOON + 600_000, points=points)
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
    found = status_range(host=host, start=NOON, end=NOON + 300_000, points=720)
    rows = [r for r in selectors.statuses_newest(host=host, limit=1000) if r.timestamp < NOON + 300_000]
    assert found.step == 1000 and found.timestamps == [row.timestamp for row in rows]
    for kind in ("avg", "min", "max"):
        assert found.series["cpuUsage"][kind] == [row.cpu_usage for row in rows]


def test_a_moment_always_falls_into_the_same_bucket(host: Host) -> None:
    one = status_range(host=host, start=NOON, end=NOON + 600_000, points=60)
    later = status_range(host=host, start=NOON + 13_000, end=NOON + 613_000, points=60)
    assert one.step == later.step == 10_000
    assert set(later.timestamps) <= set(one.timestamps)
    whole = slice(2, 59)
    assert one.series["cpuUsage"]["avg"][whole] == later.series["cpuUsage"]["avg"][1:58]


def test_what_was_never_read_is_null_and_not_zero(host: Host) -> None:
    for points in (60, 720):
        found = status_range(host=host, start=NOON, end=NOON + 600_000, points=points)
        assert set(found.series["load1"]["avg"]) == set(found.series["load1"]["max"]) == {None}
        assert set(found.series["swapUsage"]["min"]) == {5.0}


def test_a_gap_is_a_missing_bucket(host: Host) -> None:
    services.snapshots_store(host=host, readings=[make_reading(NOON + HOUR)])
    found = status_range(host=host, start=NOON, end=NOON + 2 * HOUR, points=120)
    assert found.step == 60_000
    assert found.timestamps == [*range(NOON - NOON % 60_000, NOON + 600_000, 60_000), (NOON + HOUR) // 60_000 * 60_000]


def test_a_range_ends_before_its_end(host: Host) -> None:
    found = status_range(host=host, start=NOON + 5_000, end=NOON + 9_000, points=100)
    assert all(NOON + 5_000 <= moment < NOON + 9_000 for moment in found.timestamps)


def test_a_range_without_readings_is_empty(host: Host) -> None:
    for points in (1, 720):
        found = status_range(host=host, start=0, end=1000, points=points)
        assert found.timestamps == [] and found.series["cpuUsage"]["avg"] == []


def test_other_hosts_stay_out(host: Host) -> None:
    other = services.host_ensure(name="b")
    services.snapshots_store(host=other, readings=[make_reading(NOON, host="b", cpu=100.0)])
    found = status_range(host=other, start=NOON, end=NOON + 600_000, points=60)
    assert found.series["cpuUsage"]["avg"] == [100.0]


@given(st.integers(0, 2**41), st.integers(1, 2**41), st.integers(1, 5000))
def test_the_step_gives_no_more_points_than_asked_for(start: int, length: int, points: int) -> None:
    step = tiers.step_for(start=start, end=start + length, points=points)
    assert step >= 1000 and step * points >= length
    assert step in tiers.STEPS or step % tiers.STEPS[-1] == 0


@given(st.integers(0, 2**41), st.integers(0, 10**6), st.integers(1, 2**35), st.integers(1, 5000))
def test_the_step_does_not_depend_on_where_a_range_begins(start: int, shift: int, length: int, points: int) -> None:
    one = tiers.step_for(start=start, end=start + length, points=points)
    assert one == tiers.step_for(start=start + shift, end=start + shift + length, points=points)
