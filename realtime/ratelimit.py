"""A token bucket for what one socket sends, a budget for what one user is sent. Pure: the clock is an argument."""

from __future__ import annotations

CAPACITY = 60.0
REFILL_PER_SECOND = 20.0
APART_TIMES = 5
"""How much larger the budget is of what comes often by its nature: a fast typist's edits and cursor are 40 a second."""
MAX_REFUSALS = 100
"""A socket that was refused this often is closed; a full bucket forgives."""
HISTORY_BURST = 16_777_216
HISTORY_PER_SECOND = 1_048_576
"""Bytes of history that the sockets of one user get at once, and in the long run: the dashboards of a hundred machines
begin with 2 MB each, and to cut out, filter and pack that again and again would take the loop from everybody else."""
MAX_KNOWN = 10_000


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


class Budget:
    """Bytes by user, for three sockets of each, or ``times`` as many. One answer may overdraw it."""

    def __init__(self, times: float = 1.0) -> None:
        self._burst = HISTORY_BURST * times
        self._per_second = HISTORY_PER_SECOND * times
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, user: str, now: float) -> float:
        """Return the s until the user may ask again; 0 for now."""
        return max(0.0, -self._of(user, now) / self._per_second)

    def spend(self, user: str, size: int, now: float) -> None:
        """Take so many bytes off; users who have all of it again are forgotten."""
        if len(self._left) >= MAX_KNOWN:
            self._left = {one: kept for one, kept in self._left.items() if self._of(one, now) < self._burst}
        self._left[user] = (self._of(user, now) - size, now)

    def _of(self, user: str, now: float) -> float:
        left, at = self._left.get(user, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)
