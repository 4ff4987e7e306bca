"""The figures of all processes for whoever has no event loop: the detector's thread, a process without sockets, a view.

With Redis they are what each process wrote with its last beat, at most five seconds old; without, those of this
process's hub. Nothing here raises for a backend that can't be reached: the answer is None then.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from typing import Any

from django.conf import settings

from realtime import sketch
from realtime.hub import running_hub
from realtime.registry import DEAD_SECONDS
from realtime.timeline import latencies_since, reconnect_share

FRESH_SECONDS = 1.0
"""Several figures that are asked for together come from one look."""
_lock = threading.Lock()
_last: tuple[float, list[dict[str, Any]] | None] = (float("-inf"), None)


def all_figures() -> list[dict[str, Any]] | None:
    """Return what every living process says of its sockets (``Hub.figures``); None when that can't be known."""
    global _last  # noqa: PLW0603 - one look for several questions
    with _lock:
        if time.monotonic() - _last[0] > FRESH_SECONDS:
            _last = (time.monotonic(), _read())
        return _last[1]


def _read() -> list[dict[str, Any]] | None:
    if not settings.REDIS_URL:
        hub = running_hub()
        return None if hub is None else [hub.figures()]
    import redis  # the client library weighs 10 MB

    from realtime.registry_redis import PREFIX

    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            now, beats, written = (
                pipe.time().zrange(f"{PREFIX}:beats", 0, -1, withscores=True).hgetall(f"{PREFIX}:figures").execute()
            )
    except (redis.RedisError, OSError):
        return None
    alive = {name for name, beat in beats if beat >= now[0] - DEAD_SECONDS}
    return [json.loads(text) for name, text in written.items() if name in alive]


@functools.lru_cache(maxsize=1)
def _client(url: str) -> Any:
    """Return the client, which keeps its connection: the detector asks every two seconds."""
    from realtime.redis_client import client_of  # the client library weighs 10 MB

    return client_of(url, timeout=1, decode_responses=True)


def connections_total() -> int | None:
    """Return the open sockets of all processes."""
    figures = all_figures()
    return None if figures is None else sum(one["connections"] for one in figures)


def broadcast_latency_p95(now_ms: int, window_ms: int) -> float | None:
    """Return the 95th percentile, in ms, from an event's publication to its being written to a socket.

    Over all processes and the window that ends now, at most ten minutes; without the time for which a subscriber's own
    ``throttleMs`` held it back. None when nothing was broadcast.
    """
    timelines = _timelines()
    return None if timelines is None else sketch.quantile(latencies_since(timelines, since=now_ms - window_ms), 0.95)


def reconnect_rate(now_ms: int, window_ms: int, *, fewest: int = 1) -> float | None:
    """Return which percentage of the sockets that were opened in the window, at most an hour, were reconnects.

    A reconnect is a socket of a user who had lost one on that endpoint less than a minute before.
    """
    timelines = _timelines()
    return None if timelines is None else reconnect_share(timelines, since=now_ms - window_ms, fewest=fewest)


def _timelines() -> list[dict[str, Any]] | None:
    figures = all_figures()
    return None if figures is None else [one["timeline"] for one in figures]
