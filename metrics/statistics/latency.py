"""Where to count: ``latency.record("http", 12.5, ok=True)``."""

from metrics.statistics.recorder import record

__all__ = ["record"]
