"""A synchronous Redis client that keeps its connection, for threads that must not be held up."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def client_of(url: str, *, timeout: float, **options: Any) -> redis.Redis:
    """Return a client that waits ``timeout`` s for a connection or an answer.

    It makes one attempt more, at once: a server that was restarted has closed the connection that was kept.
    """
    return redis.Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 1), **options
    )
