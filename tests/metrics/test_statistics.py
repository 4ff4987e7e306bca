"""Request statistics: sketches, recorders, rows of several processes, periods, ranges."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.chores import Chores
from metrics.models import RequestBucket
from metrics.statistics import current, measures
from metrics.statistics.bucket import Bucket
from metrics.statistics.periods import cover, periods, window
from metrics.statistics.recorder import FOLD_AT, Recorder
from metrics.statistics.series import stats_range
from metrics.statistics.sketch import RELATIVE_ERROR, Sketch
from metrics.statistics.store import DAY_MS, HOUR_MS, MINUTE_MS, buckets_store, requests_prune, requests_roll
from tests.support.readings import NOON

START = NOON // DAY_MS * DAY_MS
latencies = st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=200)


def sketch_of(values: list[float]) -> Sketch:
    sketch = Sketch()
    sketch.extend(values)
    return sketch


def exact(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


# --- sketches ---


@given(latencies, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_one_percent(values: list[float], share: float) -> None:
    assert sketch_of(values).quantile(share) == pytest.approx(exact(values, share), rel=RELATIVE_ERROR * 1.0001)


@given(latencies, latencies)
def test_merged_sketches_are_the_sketch_of_all_values(one: list[float], other: list[float]) -> None:
    merged = sketch_of(one)
    merged.merge(sketch_of(other))
    assert merged.bins() == sketch_of(one + other).bins()


@given(st.lists(st.floats(0, 1e12), max_size=50))
def test_a_stored_sketch_comes_back_as_it_was(values: list[float]) -> None:
    sketch = sketch_of(values)
    back = Sketch.from_bytes(sketch.to_bytes())
    assert (back.bins(), back.zero, back.count) == (sketch.bins(), sketch.zero, len(values))


def test_a_sketch_of_nothing_has_no_quantile() -> None:
    empty = Sketch.from_bytes(Sketch().to_bytes())
    assert empty.quantile(0.5) is None and empty.count == 0


def test_a_stored_sketch_of_ten_seconds_is_small() -> None:
    dice = random.Random(1)
    assert len(sketch_of([dice.lognormvariate(2, 1) for _ in range(10_000)]).to_bytes()) < 1_500


# --- recorder ---


def test_a_recorder_sorts_into_ten_seconds_by_kind() -> None:
    counts = Recorder()
    counts.record("http", 5.0, True, now=100.0)
    counts.record("http", 7.0, False, now=109.9)
    counts.record("query", 1.0, True, now=111.0)
    found = {(kind, bucket.start): (bucket.total, bucket.error, bucket.sum) for kind, bucket in counts.changed()}
    assert found == {("http", 100_000): (2, 1, 12.0), ("query", 110_000): (1, 0, 1.0)}


def test_what_could_not_be_stored_is_handed_out_again() -> None:
    counts = Recorder()
    counts.record("http", 5.0, now=100.0)
    assert counts.changed() and len(counts.changed()) == 1
    counts.stored(100.0)
    assert counts.changed() == []
    counts.record("http", 5.0, now=101.0)
    assert [bucket.total for _, bucket in counts.changed()] == [2]


def test_a_recorder_whose_counts_nobody_fetches_stays_small() -> None:
    counts = Recorder()
    for number in range(FOLD_AT * 2):
        counts.record("http", 1.0, now=number / 100)
    assert len(counts._waiting) <= FOLD_AT
    counts.forget(now=1e6)
    assert not counts._buckets or len(counts.changed()) < 50


# --- rows ---


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_moment_of_a_period_is_read_once(start: int, length: int, minutes: int, hours: int) -> None:
    start, end = start * 10_000, (start + length) * 10_000
    parts = list(cover(start=start, end=end, rolled={60: minutes * 10_000, 3600: min(hours, minutes) * 10_000}))
    edges = [start, *(last for _, _, last in parts)]
    assert [first for _, first, _ in parts] == edges[:-1] and edges[-1] == (end if length else start)
    assert all(first % (step * 1000) == last % (step * 1000) == 0 for step, first, last in parts)


def store(at: int, *values: float, process: str = "one", errors: int = 0, **changes: Any) -> None:
    bucket = Bucket(at, len(values), errors, sum(values), sketch_of(list(values)))
    buckets_store(**{"source": "", "process": process, "buckets": [("http", bucket)], **changes})


@pytest.mark.django_db
def test_handing_in_twice_counts_once_and_processes_add_up() -> None:
    for _ in range(2):
        store(START, 10.0, 20.0, process="one")
    store(START, 30.0, process="two", errors=1)
    for _ in range(2):
        requests_roll(now=START + 2 * HOUR_MS)
    minute, hour = (RequestBucket.objects.get(step=step) for step in (60, 3600))
    assert (minute.total, minute.error, minute.sum) == (hour.total, hour.error, hour.sum) == (3, 1, 60.0)
    assert not RequestBucket.objects.filter(rolled=False).exists()


@pytest.mark.django_db
def test_what_comes_late_is_merged_into_its_minute_and_hour() -> None:
    store(START, 10.0)
    requests_roll(now=START + 2 * HOUR_MS)
    store(START + 10_000, 20.0, 20.0, process="two")
    requests_roll(now=START + 2 * HOUR_MS)
    assert set(RequestBucket.objects.filter(step__gt=10).values_list("step", "total")) == {(60, 3), (3600, 3)}


@pytest.mark.django_db
@pytest.mark.parametrize("rolls", [0, 1, 50])
def test_periods_hold_the_requests_of_their_time(rolls: int) -> None:
    dice = random.Random(3)
    now = START + 30 * HOUR_MS + 17 * MINUTE_MS + 5_000
    made: list[tuple[int, list[float]]] = []
    for age in [*range(0, 3600, 30), *range(3600, 90_000, 900)]:
        at = (now - age * 1000) // 10_000 * 10_000
        values = [dice.lognormvariate(2, 1) for _ in range(3)]
        made.append((at, values))
        store(at, *values, process=dice.choice(["one", "two"]), errors=1)
        if rolls and age % (3600 // rolls) == 0:
            requests_roll(now=now)
    if rolls:
        requests_roll(now=now)
    for stats, seconds in zip(periods(now=now), (60, 300, 900, 3600, 86_400), strict=True):
        width = 60_000 if seconds > 3600 else 10_000
        start = (now - seconds * 1000) // width * width + width
        values = [value for at, some in made if at >= start for value in some]
        assert (stats.requests.total, stats.requests.error) == (len(values), len(values) // 3), stats.period
        assert stats.latency.p95 == pytest.approx(exact(values, 0.95), rel=0.011, abs=0.006)
        assert stats.latency.avg == pytest.approx(sum(values) / len(values), abs=0.006)


@pytest.mark.django_db
def test_two_processes_read_the_same_statistics() -> None:
    counts = [Recorder(), Recorder()]
    for number, recorder in enumerate(counts):
        for value in range(10):
            recorder.record("http", value + number, ok=value > 0, now=START / 1000 + value)
    works = [Chores(recorder, process=str(number)) for number, recorder in enumerate(counts)]
    for work in [*works, *works]:
        work.statistics(START + 12_000)
    one, other = (periods(now=START + 12_000) for _ in works)
    assert one == other == current.newest(0)
    assert (one[0].requests.total, one[0].requests.error) == (20, 2)


@pytest.mark.django_db
def test_a_range_of_statistics_is_columns() -> None:
    for minute in range(30):
        store(START + minute * MINUTE_MS, 10.0, 30.0, errors=1)
    now = START + 40 * MINUTE_MS
    fine = stats_range(start=START, end=START + 30 * MINUTE_MS, points=720, now=now)
    requests_roll(now=now)
    wide = stats_range(start=START, end=START + 30 * MINUTE_MS, points=6, now=now)
    assert (fine.step, fine.tier, len(fine.timestamps)) == (10_000, "10s", 30)
    assert (wide.step, wide.tier, wide.series["total"]) == (300_000, "1m", [10] * 6)
    assert wide.series["p50"] == [pytest.approx(10, rel=0.01)] * 6 and wide.series["avg"] == [20.0] * 6


@pytest.mark.django_db
def test_rules_can_ask_for_query_time_and_error_rate() -> None:
    assert measures.http_error_rate(START, 60_000) is None and measures.query_time(START, 60_000) is None
    store(START, 1.0, 1.0, 1.0, 1.0, errors=1)
    assert measures.http_error_rate(START + 10_000, 60_000) == 25.0
    assert window(kind="http", now=START + 61_000, length=60_000).total == 0


@pytest.mark.django_db
def test_rows_are_deleted_once_they_are_merged_and_old() -> None:
    store(START, 1.0)
    assert requests_prune(now=START + 5 * HOUR_MS) == 0
    requests_roll(now=START + 5 * HOUR_MS)
    assert requests_prune(now=START + 5 * HOUR_MS) == 1
    assert requests_prune(now=START + 31 * DAY_MS) == 1
    assert list(RequestBucket.objects.values_list("step", flat=True)) == [3600]


@pytest.mark.django_db(transaction=True)
def test_every_query_is_measured() -> None:
    from django.db import connection

    from metrics.statistics.recorder import recorder

    connection.close()
    before = sum(bucket.total for kind, bucket in recorder.changed() if kind == "query")
    RequestBucket.objects.count()
    assert sum(bucket.total for kind, bucket in recorder.changed() if kind == "query") > before
