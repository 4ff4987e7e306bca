"""What alert rules can ask of the statistics. Times in ms."""

from __future__ import annotations

from metrics.statistics.bucket import Bucket
from metrics.statistics.periods import window

SLOT_MS = 10_000
"""Rules ask every two seconds, and the rows are of ten: one look for five questions."""
_last: dict[tuple[str, int], tuple[int, Bucket]] = {}


def _window(kind: str, now: int, length: int) -> Bucket:
    slot = now // SLOT_MS
    known = _last.get((kind, length))
    if known is None or known[0] != slot:
        known = _last[kind, length] = (slot, window(kind=kind, now=now, length=length))
    return known[1]


def query_time(now: int, length: int) -> float | None:
    """Return the 95th percentile of database queries in ms; None when there was none."""
    return _window("query", now, length).quantile(0.95)


def http_error_rate(now: int, length: int, *, fewest: int = 1) -> float | None:
    """Return how many requests in a hundred were answered with 500 or above; None when there were too few."""
    bucket = _window("http", now, length)
    return round(100 * bucket.error / bucket.total, 2) if bucket.total >= fewest else None
