"""Groups that a domain makes as it needs them, over both channel layers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from realtime import groups, publisher
from realtime.groups import Groups
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually_async


@pytest.fixture(params=["memory", "redis"])
def layer(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each channel layer that the settings know."""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        config = {"hosts": [server.url], "prefix": "presence"}
        settings.CHANNEL_LAYERS = {
            "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}
        }
    return str(request.param)


class Listening:
    """The groups of one process: a channel, and what comes out of it."""

    def __init__(self, channel: str) -> None:
        self.groups = Groups(self._name)
        self._channel = channel
        self._task = asyncio.create_task(self._receive())

    async def _name(self) -> str:
        return self._channel

    async def _receive(self) -> None:
        while True:
            try:
                message = await get_channel_layer().receive(self._channel)
                self.groups.deliver(message["group"], message["data"])
            except (OSError, RedisError):  # the layer raises once when Redis goes; the feed goes on too
                await asyncio.sleep(0)

    async def stop(self) -> None:
        await self.groups.stop()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def two(layer: str) -> AsyncIterator[tuple[Groups, Groups]]:
    """The groups of two processes."""
    publisher.bind(asyncio.get_running_loop())
    made = [Listening(await get_channel_layer().new_channel(name)) for name in ("one", "two")]
    yield made[0].groups, made[1].groups
    for one in made:
        await one.stop()


async def test_a_message_reaches_every_listener_of_its_group_in_every_process(two: tuple[Groups, Groups]) -> None:
    heard: list[tuple[str, Any]] = []
    assert await two[0].join("session.1", lambda data: heard.append(("a", data["n"])))
    assert await two[0].join("session.1", lambda data: heard.append(("b", data["n"])))
    assert await two[1].join("session.1", lambda data: heard.append(("c", data["n"])))
    assert await two[1].join("session.2", lambda data: heard.append(("d", data["n"])))
    groups.send("session.1", {"n": 1, "raw": b"\x00\xff"})
    await eventually_async(lambda: len(heard) == 3)
    groups.send("session.2", {"n": 2})
    await eventually_async(lambda: len(heard) == 4)
    assert sorted(heard) == [("a", 1), ("b", 1), ("c", 1), ("d", 2)]


async def test_nothing_comes_after_leaving_and_it_can_be_joined_again(two: tuple[Groups, Groups]) -> None:
    heard: list[int] = []

    def listen(data: dict[str, Any]) -> None:
        heard.append(data["n"])

    witness: list[int] = []
    await two[1].join("s", lambda data: witness.append(data["n"]))
    await two[0].join("s", listen)
    two[0].leave("s", listen)
    groups.send("s", {"n": 1})
    await eventually_async(lambda: witness == [1])
    await two[0].join("s", listen)
    groups.send("s", {"n": 2})
    await eventually_async(lambda: heard == [2])
    assert two[0].names() == ["presence.group.s"]


async def test_one_listener_that_fails_does_not_keep_it_from_the_others(two: tuple[Groups, Groups]) -> None:
    heard: list[int] = []
    await two[0].join("s", lambda data: data["missing"])
    await two[0].join("s", lambda data: heard.append(data["n"]))
    groups.send("s", {"n": 1})
    await eventually_async(lambda: heard == [1])


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a/b"])
async def test_a_name_that_the_layer_would_refuse_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError):
        await Groups(lambda: asyncio.sleep(0, "x")).join(name, print)


async def test_a_layer_that_is_away_is_joined_once_it_is_back(redis_server: RedisServer, settings: Any) -> None:
    config = {"hosts": [redis_server.url], "prefix": "presence"}
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}
    }
    publisher.bind(asyncio.get_running_loop())
    listening = Listening(await get_channel_layer().new_channel("one"))
    redis_server.kill()
    heard: list[int] = []
    joining = asyncio.create_task(listening.groups.join("s", lambda data: heard.append(data["n"])))
    await asyncio.sleep(0)
    redis_server.start()
    await joining

    async def arrives() -> bool:
        groups.send("s", {"n": 1})
        return bool(heard)

    await eventually_async(arrives)
    await listening.stop()
