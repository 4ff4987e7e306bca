"""Ranges, buckets and histories, checked against plain arithmetic."""

from __future__ import annotations

import json
import random

import pytest

from metrics import alert_selectors, selectors, services
from metrics.models import Host
from tests.support.readings import NOON, make_reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> Host:
    """A host with ten minutes of readings, one a second, a few missing."""
    host = services.host_ensure(name="a")
    dice = random.Random(7)
    seconds = [second for second in range(600) if dice.random() > 0.1]
    readings = [make_reading(NOON + s * 1000, cpu=dice.uniform(0, 100), load1=None, swap_usage=5.0) for s in seconds]
    services.snapshots_store(host=host, readings=readings)
    return host


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
