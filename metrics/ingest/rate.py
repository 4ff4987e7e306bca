"""How often each token may push, counted in this process. The clock is an argument, in s of a monotonic clock."""

from __future__ import annotations

import threading

BURST_SECONDS = 3.0
"""A sender that was silent may make up for so much at once."""


class Rates:
    """A token bucket per key. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[int, tuple[float, float]] = {}

    def take(self, key: int, *, per_second: float, now: float) -> bool:
        """Spend one of the key's tokens; False when there is none."""
        full = max(1.0, BURST_SECONDS * per_second)
        with self._lock:
            left, last = self._left.get(key, (full, now))
            left = min(full, left + (now - last) * per_second)
            self._left[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1


rates = Rates()
