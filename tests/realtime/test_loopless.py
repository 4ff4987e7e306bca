"""Events from a process without an event loop, over a real Redis."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import get_channel_layer

from realtime import loopless
from realtime.publisher import _WayOut, group_name
from tests.support.redis_server import RedisServer


@pytest.fixture(autouse=True)
def _layer(settings: Any, redis_server: RedisServer) -> None:
    settings.REDIS_URL = redis_server.url
    config = {"hosts": [redis_server.url], "prefix": "presence"}
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}


async def test_what_a_thread_sends_is_heard_by_every_member_of_the_group() -> None:
    layer = get_channel_layer()
    name = await layer.new_channel("hub")
    await layer.group_add(group_name("status"), name)
    message = {"type": "hub.event", "event": b"\x00\xff", "marks": {"health": 7}}
    way_out = _WayOut()
    await asyncio.to_thread(way_out.send, group_name("status"), message)
    assert await asyncio.wait_for(layer.receive(name), 30) == message
    assert way_out._loop is None and way_out._own is None


def test_a_redis_that_is_away_is_told_once_and_so_is_its_return(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "realtime.publisher")
    monkeypatch.setattr(loopless, "PAUSE", 0.0)
    way_out = _WayOut()
    way_out.send("a", {"type": "x"})
    redis_server.kill()
    for _ in range(3):
        way_out.send("a", {"type": "x"})
    redis_server.start()
    for _ in range(3):
        way_out.send("a", {"type": "x"})
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_after_a_failure_nothing_is_tried_for_a_while(redis_server: RedisServer) -> None:
    sender = loopless.Loopless(redis_server.url)
    redis_server.kill()
    first = sender.send("a", {"type": "x"})
    redis_server.start()
    assert first is not None and sender.send("a", {"type": "x"}) is first


def test_a_server_that_was_restarted_is_reached_with_the_next_event(redis_server: RedisServer) -> None:
    sender = loopless.Loopless(redis_server.url)
    assert sender.send("a", {"type": "x"}) is None
    redis_server.kill()
    redis_server.start()
    assert sender.send("a", {"type": "x"}) is None
