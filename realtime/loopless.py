"""Events to Redis from the thread that makes them, for a process without a hub.

Such a process, a detector above all, has no event loop: one of its own would be a thread that is woken for each event,
which costs more than sending it.
"""

from __future__ import annotations

import time
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings

from realtime.redis_client import client_of

TIMEOUT = 0.3
"""Seconds that a send may hold its thread up; a Redis beside us answers in a thousandth of that."""
PAUSE = 2.0
"""Seconds for which nothing is tried after a failure: a Redis that hangs must not hold up every tick."""


class Loopless:
    """Publishes into groups as ``RedisPubSubChannelLayer`` does. Any thread may send."""

    def __init__(self, url: str) -> None:
        self._redis = client_of(url, timeout=TIMEOUT)
        self._error: Exception | None = None
        self._again = 0.0

    def send(self, group: str, message: dict[str, Any]) -> Exception | None:
        """Publish one message; return what went wrong."""
        if self._error is not None and time.monotonic() < self._again:
            return self._error
        prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
        try:
            self._redis.publish(f"{prefix}__group__{group}", get_channel_layer().serialize(message))
        except (redis.RedisError, OSError) as error:
            self._error, self._again = error, time.monotonic() + PAUSE
        else:
            self._error = None
        return self._error
