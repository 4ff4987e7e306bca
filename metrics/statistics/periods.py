"""``SystemStats``: the statistics of the last minute, 5 minutes, 15 minutes, hour and day, over all processes."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Min

from metrics.messages import LatencyStats, Period, RequestCounts, SystemStats
from metrics.models import RequestBucket
from metrics.statistics.bucket import Bucket
from metrics.statistics.store import bucket_of

PERIODS: tuple[tuple[Period, int], ...] = (("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600), ("24h", 86_400))
"""Requirement 6.2.2: the periods, in s."""
STEPS = (3600, 60, 10)
SHORT_MS = 300_000
Part = tuple[int, int, int]
"""Step in s, from, before (ms)."""


def cover(*, start: int, end: int, rolled: dict[int, int], widest: int = 3600) -> Iterator[Part]:
    """Cut a time into parts, each of the widest rows that fit in and exist. Pure; times in ms.

    ``rolled``: up to where (ms) there are rows of a step. Ends are rounded to ten seconds.
    """
    if start >= end:
        return
    step = next(step for step in STEPS if step <= widest)
    if step == 10:
        yield 10, start, end
        return
    width = step * 1000
    first, last = -(-start // width) * width, min(end, rolled[step]) // width * width
    narrower = STEPS[STEPS.index(step) + 1]
    if first >= last:
        yield from cover(start=start, end=end, rolled=rolled, widest=narrower)
        return
    yield from cover(start=start, end=first, rolled=rolled, widest=narrower)
    yield step, first, last
    yield from cover(start=last, end=end, rolled=rolled, widest=narrower)


def rolled_until(*, source: str, kind: str, now: int) -> dict[int, int]:
    """Return up to where minutes and hours are merged from all that is stored."""
    rows = RequestBucket.objects.filter(source=source, kind=kind, rolled=False)
    found: dict[int, int] = {}
    for step, narrower in ((60, 10), (3600, 60)):
        first: int | None = rows.filter(step=narrower).aggregate(first=Min("start"))["first"]
        found[step] = min(now if first is None else first, found.get(60, now))
    return found


def merged(*, source: str, kind: str, start: int, end: int, rolled: dict[int, int], widest: int = 3600) -> Bucket:
    """Return everything from ``start`` to before ``end`` (ms) as one bucket."""
    whole = Bucket(start)
    for step, first, last in cover(start=start, end=end, rolled=rolled, widest=widest):
        rows = RequestBucket.objects.filter(source=source, kind=kind, step=step, start__gte=first, start__lt=last)
        for row in rows:
            whole.merge(bucket_of(row))
    return whole


def window(*, kind: str, now: int, length: int, source: str = "") -> Bucket:
    """Return the last ``length`` ms as one bucket."""
    # of a few minutes the ten-second rows are read: to learn which minutes are merged costs more
    rolled = {} if length <= SHORT_MS else rolled_until(source=source, kind=kind, now=now)
    start = (now - length) // 10_000 * 10_000 + 10_000
    widest = 10 if length <= SHORT_MS else 3600
    return merged(source=source, kind=kind, start=start, end=now + 1, rolled=rolled, widest=widest)


def periods(*, now: int, source: str = "", kind: str = "http") -> list[SystemStats]:
    """Return the statistics of each period that ends at ``now`` (ms).

    The periods lie within each other: each is the one before and the time that it has more, so a row is read once.
    """
    rolled = rolled_until(source=source, kind=kind, now=now)
    first = _first(source, kind)
    whole, end, found = Bucket(), now + 1, []
    for name, seconds in PERIODS:
        width = 10_000 if seconds <= 3600 else 60_000
        start = (now - seconds * 1000) // width * width + width
        whole.merge(merged(source=source, kind=kind, start=start, end=end, rolled=rolled))
        end = start
        elapsed = seconds if first is None else min(float(seconds), max((now - first) / 1000, 1.0))
        found.append(stats_of(name, whole, elapsed, now))
    return found


def _first(source: str, kind: str) -> int | None:
    """Return the start of the oldest row; step by step, because each is then one look into the index."""
    for step in STEPS:
        rows = RequestBucket.objects.filter(source=source, kind=kind, step=step)
        first: int | None = rows.order_by("start").values_list("start", flat=True).first()
        if first is not None:
            return first
    return None


def stats_of(name: Period, bucket: Bucket, elapsed: float, now: int) -> SystemStats:
    counts = RequestCounts(bucket.total, bucket.total - bucket.error, bucket.error, round(bucket.total / elapsed, 2))
    shares = [round(bucket.quantile(share) or 0.0, 2) for share in (0.5, 0.95, 0.99)]
    return SystemStats(name, counts, LatencyStats(round(bucket.average or 0.0, 2), *shares), now)
