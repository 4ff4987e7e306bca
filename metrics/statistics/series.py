"""Request statistics over a range, as columns in aligned buckets."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.history.tiers import aligned, step_for
from metrics.models import RequestBucket
from metrics.statistics.bucket import Bucket
from metrics.statistics.periods import cover, rolled_until
from metrics.statistics.store import DAY_MS, FINE_KEPT_MS, HOUR_MS, bucket_of

NAMES = ("total", "error", "perSecond", "avg", "p50", "p95", "p99")


@dataclass(frozen=True)
class Series:
    """A range as columns: ``step`` and ``timestamps`` in ms, latencies in ms."""

    step: int
    tier: str
    timestamps: list[int]
    series: dict[str, list[float | None]]


def step_of(*, start: int, end: int, points: int, now: int, minutes_kept: int) -> int:
    """Return the width of the buckets in ms; never narrower than the rows that still exist. Pure."""
    narrowest = 10_000
    if start < now - FINE_KEPT_MS + HOUR_MS:
        narrowest = 60_000
    if start < now - minutes_kept:
        narrowest = HOUR_MS
    return step_for(start=start, end=end, points=points, narrowest=narrowest)


def stats_range(
    *, start: int, end: int, points: int, now: int, source: str = "", kind: str = "http", minutes_days: int = 30
) -> Series:
    """Return the statistics from ``start`` to before ``end`` (ms) in at most ``points`` whole buckets (and one)."""
    step = step_of(start=start, end=end, points=points, now=now, minutes_kept=minutes_days * DAY_MS)
    start, end = aligned(start=start, end=end, step=step)
    widest = next(width for width in (3600, 60, 10) if step % (width * 1000) == 0)
    rolled = rolled_until(source=source, kind=kind, now=now)
    buckets: dict[int, Bucket] = {}
    for width, first, last in cover(start=start, end=end, rolled=rolled, widest=widest):
        rows = RequestBucket.objects.filter(source=source, kind=kind, step=width, start__gte=first, start__lt=last)
        for row in rows.order_by("start"):
            at = row.start // step * step
            buckets.setdefault(at, Bucket(at)).merge(bucket_of(row))
    return _in_columns(step, {3600: "1h", 60: "1m", 10: "10s"}[widest], [buckets[at] for at in sorted(buckets)])


def _in_columns(step: int, tier: str, buckets: list[Bucket]) -> Series:
    series: dict[str, list[float | None]] = {
        "total": [bucket.total for bucket in buckets],
        "error": [bucket.error for bucket in buckets],
        "perSecond": [round(bucket.total * 1000 / step, 3) for bucket in buckets],
        "avg": [None if bucket.average is None else round(bucket.average, 3) for bucket in buckets],
    }
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        series[name] = [bucket.quantile(share) for bucket in buckets]
    return Series(step, tier, [bucket.start for bucket in buckets], series)
