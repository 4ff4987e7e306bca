"""One stretch of time of one kind of request."""

from __future__ import annotations

from metrics.statistics.sketch import Sketch


class Bucket:
    """Counts and latencies (ms). ``start`` in ms since the epoch."""

    __slots__ = ("error", "sketch", "start", "sum", "total")

    def __init__(
        self, start: int = 0, total: int = 0, error: int = 0, sum: float = 0.0, sketch: Sketch | None = None
    ) -> None:
        self.start = start
        self.total = total
        self.error = error
        self.sum = sum
        self.sketch = Sketch() if sketch is None else sketch

    def add(self, latency: float, *, ok: bool) -> None:
        """Count one request."""
        self.total += 1
        self.error += not ok
        self.sum += latency
        self.sketch.add(latency)

    def merge(self, other: Bucket) -> None:
        """Add what another bucket holds."""
        self.total += other.total
        self.error += other.error
        self.sum += other.sum
        self.sketch.merge(other.sketch)

    @property
    def average(self) -> float | None:
        """The mean latency in ms; None when there was no request."""
        return self.sum / self.total if self.total else None

    def quantile(self, share: float) -> float | None:
        """Return a latency in ms; None when there was no request."""
        value = self.sketch.quantile(share)
        return None if value is None else round(value, 3)
