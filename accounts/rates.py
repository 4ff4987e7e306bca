"""How often somebody may do something: one limit over all web processes where there is a Redis.

A sliding window of two counters: what was counted in the window before weighs as much as of that window lies within the
last ``seconds``. Two numbers a key, whatever the limit, and no double burst where two windows meet.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings

logger = logging.getLogger(__name__)

MAX_KEYS = 50_000
"""Keys that one process remembers; the one asked for least recently is forgotten first."""
SILENT_SECONDS = 5.0
"""How long Redis is not asked again after it did not answer."""
TIMEOUT_SECONDS = 0.5


class Rates(Protocol):
    """Counts by key. Any thread may ask."""

    def take(self, key: str, *, limit: float, seconds: float) -> float:
        """Count one for ``key`` and return 0; or, beyond ``limit`` in ``seconds`` s, the s after which it may be."""


def wait_for(before: float, now: float, passed: float, *, limit: float, seconds: float) -> float:
    """Return in how many s one more is allowed, 0 for at once.

    Pure: ``before`` and ``now`` are the counts of the window before and of this one, ``passed`` the s of this one.
    """
    if before * (1 - passed / seconds) + now < limit:
        return 0.0
    if now < limit:  # what was before weighs less and less: before * (1 - t / seconds) = limit - now
        return max(0.001, seconds * (1 - (limit - now) / before) - passed)
    return seconds - passed + seconds * max(0.0, 1 - limit / now)


class MemoryRates:
    """The counts of one process. The clock is in s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def take(self, key: str, *, limit: float, seconds: float) -> float:
        """Decide by what this process has counted."""
        window, passed = divmod(self._clock(), seconds)
        with self._lock:
            at, before, now = self._counts.get(key, (int(window), 0, 0))
            if at != window:
                before, now = (now if at == window - 1 else 0), 0
            wait = wait_for(before, now, passed, limit=limit, seconds=seconds)
            self._counts[key] = (int(window), before, now if wait else now + 1)
            self._counts.move_to_end(key)
            if len(self._counts) > MAX_KEYS:
                self._counts.popitem(last=False)
        return wait


class RedisRates:
    """The counts of all processes; while Redis does not answer, each has its own."""

    SCRIPT = """
    -- ARGV: prefix and key, limit, seconds. Returns whether it may be, both counts, and the ms of this window so far.
    local time = redis.call('TIME')
    local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    local span = math.floor(tonumber(ARGV[3]) * 1000)
    local window, passed = math.floor(now / span), now % span
    local name = ARGV[1] .. ':'
    local before = tonumber(redis.call('GET', name .. (window - 1)) or '0')
    local count = tonumber(redis.call('GET', name .. window) or '0')
    if before * (1 - passed / span) + count >= tonumber(ARGV[2]) then return {0, before, count, passed} end
    redis.call('INCR', name .. window)
    redis.call('PEXPIRE', name .. window, 2 * span)
    return {1, before, count, passed}
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        import redis  # the client library weighs 10 MB

        self._trouble = (redis.RedisError, OSError)
        client = redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
        self._script: Any = client.register_script(self.SCRIPT)
        self._clock = clock
        self._own = MemoryRates(clock)
        self._silent_until = float("-inf")

    def take(self, key: str, *, limit: float, seconds: float) -> float:
        """Decide by what all processes have counted."""
        if self._clock() < self._silent_until:
            return self._own.take(key, limit=limit, seconds=seconds)
        try:
            allowed, before, now, passed = self._script(keys=[], args=[f"presence:rate:{key}", limit, seconds])
        except self._trouble as error:
            logger.warning("Rates are counted in each process alone, Redis does not answer: %s", error)
            self._silent_until = self._clock() + SILENT_SECONDS
            return self._own.take(key, limit=limit, seconds=seconds)
        return 0.0 if allowed else max(0.001, wait_for(before, now, passed / 1000, limit=limit, seconds=seconds))


@lru_cache(maxsize=1)
def rates() -> Rates:
    """Return what this process counts with."""
    return RedisRates(settings.REDIS_URL) if settings.REDIS_URL else MemoryRates()
