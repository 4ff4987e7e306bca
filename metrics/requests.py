"""Request statistics of this process: how many, how fast, how many failed, over 1 m, 5 m, 15 m, 1 h and 24 h.

Latencies go into mergeable sketches (DDSketch, relative error 1 %), one per ten seconds: percentiles of a longer period
come from the merged sketch and are never averaged. Ten-second buckets are kept for an hour, one-minute
buckets for a day.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable

from ddsketch import DDSketch

from metrics.messages import LatencyStats, Period, RequestCounts, SystemStats

PERIODS: tuple[tuple[Period, int], ...] = (("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600), ("24h", 86_400))
"""Requirement 6.2.2: the periods, in s."""
FINE_SECONDS = 10
COARSE_SECONDS = 60
RELATIVE_ERROR = 0.01


class Bucket:
    """What happened within one stretch of time. Latencies in ms, ``start`` in s since the epoch."""

    __slots__ = ("error", "sketch", "start", "sum", "total")

    def __init__(self, start: int) -> None:
        self.start = start
        self.total = 0
        self.error = 0
        self.sum = 0.0
        self.sketch: DDSketch | None = None

    def add(self, latency: float, *, ok: bool) -> None:
        """Count one request."""
        self.total += 1
        self.error += not ok
        self.sum += latency
        if self.sketch is None:
            self.sketch = DDSketch(RELATIVE_ERROR)
        self.sketch.add(latency)

    def merge(self, other: Bucket) -> None:
        """Add what another bucket holds."""
        self.total += other.total
        self.error += other.error
        self.sum += other.sum
        if other.sketch is not None:
            if self.sketch is None:
                self.sketch = DDSketch(RELATIVE_ERROR)
            self.sketch.merge(other.sketch)

    def quantile(self, share: float) -> float:
        """Return a latency in ms; 0 when there was no request."""
        value = self.sketch.get_quantile_value(share) if self.sketch is not None else None
        return 0.0 if value is None else round(value, 2)


class RequestStats:
    """Counts the requests of this process. Any thread may record; the clock is an argument, in s since the epoch."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._lock = threading.Lock()
        self._fine: deque[Bucket] = deque(maxlen=3600 // FINE_SECONDS + 1)
        self._coarse: deque[Bucket] = deque(maxlen=86_400 // COARSE_SECONDS + 1)

    def record(self, latency: float, *, ok: bool, now: float) -> None:
        """Count one request that took ``latency`` ms and ended at ``now``."""
        with self._lock:
            _bucket_at(self._fine, now, FINE_SECONDS).add(latency, ok=ok)
            _bucket_at(self._coarse, now, COARSE_SECONDS).add(latency, ok=ok)

    def read(self, now: float) -> list[SystemStats]:
        """Return the statistics of each period that ends now."""
        with self._lock:
            return [self._period(name, seconds, now) for name, seconds in PERIODS]

    def _period(self, name: Period, seconds: int, now: float) -> SystemStats:
        buckets: Iterable[Bucket] = self._fine if seconds <= 3600 else self._coarse
        whole = Bucket(0)
        for bucket in buckets:
            if bucket.start > now - seconds:
                whole.merge(bucket)
        elapsed = min(float(seconds), max(now - self._started, 1.0))
        counts = RequestCounts(whole.total, whole.total - whole.error, whole.error, round(whole.total / elapsed, 2))
        average = round(whole.sum / whole.total, 2) if whole.total else 0.0
        latency = LatencyStats(average, whole.quantile(0.5), whole.quantile(0.95), whole.quantile(0.99))
        return SystemStats(name, counts, latency, int(now * 1000))


def _bucket_at(buckets: deque[Bucket], now: float, width: int) -> Bucket:
    start = int(now) // width * width
    if not buckets or buckets[-1].start < start:
        buckets.append(Bucket(start))
    return buckets[-1]


stats = RequestStats(time.time())
"""The statistics of this process."""
