"""The figures of all processes, asked for without an event loop of one's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime import figures
from realtime.encode import now_ms
from realtime.hub import Hub
from realtime.registry import Quota
from realtime.registry_redis import RedisRegistry
from tests.support.hub import join, make_hub
from tests.support.redis_server import RedisServer


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FRESH_SECONDS", 0.0)


def busy_hub() -> Hub:
    """A hub with two sockets, one of them come back, and a broadcast of 20 ms."""
    hub, _ = make_hub()
    lost, _ = join(hub)
    hub.remove(lost, 1006)
    for _ in range(2):
        join(hub)
    hub.timeline.written(20.0, 100, now_ms())
    return hub


def check() -> None:
    now = now_ms()
    assert figures.connections_total() == 2
    assert figures.reconnect_rate(now, 3_600_000) == 33.33
    latency = figures.broadcast_latency_p95(now, 60_000)
    assert latency is not None and abs(latency - 20) < 0.5


async def test_without_redis_they_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = busy_hub()
    monkeypatch.setattr(figures, "running_hub", lambda: hub)
    await asyncio.to_thread(check)


async def test_with_redis_they_are_what_the_processes_wrote(settings: Any, redis_server: RedisServer) -> None:
    hub, registry = busy_hub(), RedisRegistry(redis_server.url, Quota(100, 100))
    await registry.beat(hub.figures)
    settings.REDIS_URL = redis_server.url
    await asyncio.to_thread(check)
    await registry.close()
    assert await asyncio.to_thread(figures.connections_total) == 0


def test_a_redis_that_is_away_is_not_known(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert figures.connections_total() is figures.reconnect_rate(0, 1) is figures.broadcast_latency_p95(0, 1) is None


def test_a_process_without_sockets_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "running_hub", lambda: None)
    assert figures.connections_total() is None
