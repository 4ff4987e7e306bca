"""What alert rules can ask of the statistics. Times in ms."""

from __future__ import annotations

from metrics.statistics.periods import window


def query_time(now: int, length: int) -> float | None:
    """Return the 95th percentile of database queries in ms; None when there was none."""
    return window(kind="query", now=now, length=length).quantile(0.95)


def http_error_rate(now: int, length: int, *, fewest: int = 1) -> float | None:
    """Return how many requests in a hundred were answered with 500 or above; None when there were too few."""
    bucket = window(kind="http", now=now, length=length)
    return round(100 * bucket.error / bucket.total, 2) if bucket.total >= fewest else None
