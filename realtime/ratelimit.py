"""A token bucket for what one socket sends. Pure: the clock is an argument."""

from __future__ import annotations

CAPACITY = 60.0
REFILL_PER_SECOND = 20.0
APART_TIMES = 5
"""How much larger the budget is of what comes often by its nature: a fast typist's edits and cursor are 40 a second."""
MAX_REFUSALS = 100
"""A socket that was refused this often is closed; a full bucket forgives."""


class TokenBucket:
    """60 messages at once, 20 a second in the long run, each ``times`` as many."""

    __slots__ = ("_last", "_times", "_tokens", "refusals")

    def __init__(self, now: float, times: int = 1) -> None:
        self._times = times
        self._tokens = CAPACITY * times
        self._last = now
        self.refusals = 0

    def take(self, now: float) -> bool:
        """Spend one token; False when there is none."""
        tokens = self._tokens + (now - self._last) * REFILL_PER_SECOND * self._times
        self._last = now
        if tokens >= CAPACITY * self._times:
            tokens = CAPACITY * self._times
            self.refusals = 0
        if tokens < 1:
            self._tokens = tokens
            self.refusals += 1
            return False
        self._tokens = tokens - 1
        return True
