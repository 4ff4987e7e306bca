"""Buckets against plain arithmetic: after restarts, late readings and pruning they hold every reading once."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from metrics import services
from metrics.history import prune, sql
from metrics.history.ranges import status_range
from metrics.history.rollup import host_roll, hosts_due
from metrics.history.tiers import BUCKET_TIERS, BY_NAME, DAY, HOUR, MINUTE, RAW, SECOND, kept
from metrics.messages import SystemStatus
from metrics.models import Bucket, Host, LateHour, Rollup, Snapshot
from tests.support.readings import NOON, make_reading

pytestmark = pytest.mark.django_db
START = NOON // DAY * DAY  # midnight


@pytest.fixture
def host() -> Host:
    return services.host_ensure(name="a")


def readings(start: int, end: int, *, every: int = 30 * SECOND, seed: int = 1) -> list[SystemStatus]:
    """Readings with some missing, and a temperature now and then."""
    dice = random.Random(f"{seed}/{start}")
    return [
        make_reading(
            at + dice.randrange(900),
            cpu=round(dice.uniform(0, 100), 1),
            temperature=dice.choice([None, 40.5, 61.0]),
            network_sent=dice.uniform(0, 1e6),
        )
        for at in range(start, end, every)
        if dice.random() > 0.1
    ]


def store(host: Host, found: list[SystemStatus], now: int | None = None) -> int:
    return services.snapshots_store(host=host, readings=found, now=found[-1].timestamp if now is None else now)


def figures(step: int) -> dict[int, tuple[Any, ...]]:
    """What the buckets of a width say: readings, least, sum and greatest CPU, temperatures."""
    rows: Any = Bucket.objects.filter(step=step).values_list(
        "start", "count", "cpu_usage_min", "cpu_usage_sum", "cpu_usage_max", "temperature_count"
    )
    return {row[0]: (row[1], row[2], round(float(row[3]), 3), row[4], row[5]) for row in rows}


def expected(found: list[SystemStatus], step: int) -> dict[int, tuple[Any, ...]]:
    grouped: dict[int, list[SystemStatus]] = {}
    for reading in found:
        grouped.setdefault(reading.timestamp // (step * 1000) * step * 1000, []).append(reading)
    return {
        start: (
            len(rows),
            min(row.cpu_usage for row in rows),
            round(sum(row.cpu_usage for row in rows), 3),
            max(row.cpu_usage for row in rows),
            sum(row.temperature is not None for row in rows),
        )
        for start, rows in grouped.items()
    }


def assert_exact(found: list[SystemStatus]) -> None:
    for tier in BUCKET_TIERS:
        assert figures(tier.step) == expected(found, tier.step), tier.name


def test_every_tier_holds_every_reading_once(host: Host) -> None:
    found = readings(START, START + 3 * HOUR)
    store(host, found)
    host_roll(host=host.pk, now=START + 3 * HOUR + 10 * MINUTE)
    assert_exact(found)


def test_rolling_again_and_in_steps_changes_nothing(host: Host) -> None:
    found = readings(START, START + 2 * HOUR, every=10 * SECOND)
    for at in range(0, len(found), 25):
        part = found[at : at + 25]
        store(host, part)
        host_roll(host=host.pk, now=part[-1].timestamp)
        host_roll(host=host.pk, now=part[-1].timestamp + 1)
    host_roll(host=host.pk, now=START + 3 * HOUR)
    assert_exact(found)


def test_a_roll_up_that_is_cut_off_is_done_again_whole(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    found = readings(START, START + HOUR)
    store(host, found)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(Rollup, "save", fail)
        host_roll(host=host.pk, now=START + 2 * HOUR)
    assert not Bucket.objects.exists()
    host_roll(host=host.pk, now=START + 2 * HOUR)
    assert_exact(found)


def test_readings_that_come_late_are_in_their_buckets(host: Host) -> None:
    found = readings(START, START + 4 * HOUR)
    early, late = found[::2], found[1::2]
    store(host, early)
    host_roll(host=host.pk, now=START + 4 * HOUR)
    store(host, late, now=START + 4 * HOUR)
    assert LateHour.objects.exists()
    host_roll(host=host.pk, now=START + 4 * HOUR + 10 * MINUTE)
    assert not LateHour.objects.exists()
    assert_exact(found)


def test_the_last_minute_of_a_host_that_fell_silent_is_built_too(host: Host) -> None:
    found = readings(START, START + 90 * SECOND, every=5 * SECOND)
    store(host, found)
    assert host_roll(host=host.pk, now=START + 90 * SECOND) == START + MINUTE
    assert host_roll(host=host.pk, now=START + 10 * MINUTE) == START + 2 * MINUTE
    assert_exact(found)


def test_pruning_leaves_buckets_and_takes_whole_hours(host: Host) -> None:
    found = readings(START, START + 30 * HOUR, every=2 * MINUTE)
    store(host, found)
    now = START + 30 * HOUR
    host_roll(host=host.pk, now=now)
    assert prune.host_prune(host=host.pk, now=now) == sum(r.timestamp < START + 6 * HOUR for r in found)
    assert Rollup.objects.get().pruned_until == START + 6 * HOUR
    assert_exact(found)


def test_what_is_not_in_a_bucket_yet_is_not_pruned(host: Host) -> None:
    store(host, readings(START, START + HOUR))
    assert prune.host_prune(host=host.pk, now=START + 100 * DAY) == 0
    host_roll(host=host.pk, now=START + 100 * DAY)
    store(host, readings(START, START + HOUR, seed=2), now=START + 100 * DAY)
    assert prune.host_prune(host=host.pk, now=START + 2 * DAY) == 0


def test_late_readings_of_hours_that_are_pruned_are_added_once(host: Host) -> None:
    """The agent's server was away for two days: half of an hour is only a bucket by the time the rest comes."""
    found = readings(START, START + 50 * HOUR, every=5 * MINUTE)
    known = [r for r in found if r.timestamp < START + 90 * MINUTE]
    rest = found[len(known) :]
    store(host, known)
    host_roll(host=host.pk, now=START + 2 * HOUR)
    now = START + 50 * HOUR
    prune.host_prune(host=host.pk, now=now)
    assert not Snapshot.objects.exists()
    for _ in range(2):  # the answer was lost, so the agent sends it again
        for at in range(0, len(rest), 100):
            store(host, rest[at : at + 100], now=now)
    assert services.snapshots_store(host=host, readings=known, now=now) == 0
    host_roll(host=host.pk, now=now)
    prune.host_prune(host=host.pk, now=now)
    host_roll(host=host.pk, now=now)
    assert_exact(found)


def test_buckets_are_deleted_when_their_time_is_over(host: Host) -> None:
    store(host, readings(START, START + HOUR))
    host_roll(host=host.pk, now=START + 2 * HOUR)
    ages = {tier.name: kept(tier, prune.retention()) for tier in BUCKET_TIERS}
    for name, age in ages.items():
        prune.host_prune(host=host.pk, now=START + age + 3 * HOUR)
        assert not Bucket.objects.filter(step=BY_NAME[name].step).exists()
        assert Bucket.objects.exists() == (name != "1h")


@pytest.mark.parametrize("points", [60, 180, 720, 5000])
@pytest.mark.parametrize("end", [5 * HOUR, 5 * HOUR + 17 * MINUTE + 23 * SECOND])
def test_a_chart_is_the_same_from_buckets_and_from_readings(host: Host, points: int, end: int) -> None:
    store(host, readings(START, START + end, every=20 * SECOND))
    asked: dict[str, Any] = {"host": host, "start": START + 7_000, "end": START + end, "points": points}
    naive = status_range(**asked, now=START + end)
    host_roll(host=host.pk, now=START + end)
    rolled = status_range(**asked, now=START + end)
    assert naive.tier == "raw" and (rolled.tier != "raw" or rolled.step < 10 * SECOND)
    assert rolled.timestamps == naive.timestamps
    for name, kinds in naive.series.items():
        for kind, values in kinds.items():
            assert rolled.series[name][kind] == pytest.approx(values, abs=0.011), (name, kind)


def test_a_host_is_due_once_a_minute(host: Host) -> None:
    store(host, readings(START, START + 10 * MINUTE))
    now = START + 10 * MINUTE
    assert hosts_due(now=now) == [host.pk]
    host_roll(host=host.pk, now=now)
    assert hosts_due(now=now + 30 * SECOND) == []
    assert hosts_due(now=now + MINUTE) == [host.pk]


def test_a_long_silence_is_skipped_at_once(host: Host) -> None:
    store(host, readings(START, START + HOUR))
    host_roll(host=host.pk, now=START + HOUR)
    store(host, readings(START + 400 * DAY, START + 400 * DAY + HOUR))
    with pytest.MonkeyPatch.context() as patch:
        rounds: list[int] = []
        patch.setattr("metrics.history.rollup._build", lambda _h, start, _e: rounds.append(start))
        host_roll(host=host.pk, now=START + 400 * DAY + HOUR)
    assert len(rounds) == 3  # two late hours' marks and one round


def test_whole_numbers_beyond_32_bits_add_up(host: Host) -> None:
    store(host, [make_reading(START + n * SECOND, process_memory=2**40) for n in range(60)])
    host_roll(host=host.pk, now=START + HOUR)
    with connection.cursor() as cursor:
        cursor.execute(sql.read(RAW, ["process_memory"], MINUTE), [host.pk, START, START + MINUTE])
        assert [tuple(map(float, row[1:])) for row in cursor.fetchall()] == [(60, 2**40, 60 * 2**40, 2**40)]
    assert Bucket.objects.filter(step=60).values_list("process_memory_sum", flat=True)[0] == 60 * 2**40
