"""The feed over both channel layers: what comes in, and what keeps coming in whatever happens to the layer."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError

from realtime import feed as feed_module
from realtime import publisher
from realtime.feed import Feed
from realtime.pool import in_thread
from realtime.topics import Event, Topic
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon."""
    for name in ("AGAIN_SECONDS", "LISTEN_AGAIN_SECONDS", "FOLLOW_SECONDS"):
        monkeypatch.setattr(feed_module, name, 0.05)


@pytest.fixture(params=["memory", "redis"])
def layer(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each channel layer that the settings know."""
    if request.param == "redis":
        use_redis(settings, request.getfixturevalue("redis_server"))
    return str(request.param)


@pytest.fixture
def over_redis(settings: Any, redis_server: RedisServer) -> RedisServer:
    """The Redis that the channel layer uses."""
    use_redis(settings, redis_server)
    return redis_server


def use_redis(settings: Any, server: RedisServer) -> None:
    config = {"hosts": [server.url], "prefix": "presence"}
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}
    }


@dataclass
class Table:
    """The rows of an ordered topic, and what is wrong with the database."""

    rows: list[Event] = field(default_factory=list)
    failures: int = 0
    trouble: type[Exception] = DatabaseError

    def add(self, count: int = 1) -> None:
        """Rows appear; nobody is told."""
        for _ in range(count):
            self.rows.append(Event("health", "health_alert", b"{}", len(self.rows) + 1))

    def after(self, position: int, limit: int) -> list[Event]:
        """What the topic reads."""
        self._fail()
        return [row for row in self.rows if row.position > position][:limit]

    def recent(self, limit: int) -> list[Event]:
        """What the topic begins with."""
        self._fail()
        return self.rows[-limit:]

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise self.trouble("locked")


@dataclass
class Listener:
    """A feed that runs, and what it has delivered."""

    feed: Feed
    events: list[Event]
    messages: list[dict[str, Any]]

    def positions(self, topic: str) -> list[int]:
        """The positions of the events of a topic, in the order of their arrival."""
        return [event.position for event in self.events if event.topic == topic]

    async def wait_for(self, topic: str, *positions: int) -> None:
        """Wait until these have come, in this order and each once."""
        await eventually_async(lambda: self.positions(topic) == list(positions))


@asynccontextmanager
async def listening(table: Table, *, joined: bool = True) -> AsyncIterator[Listener]:
    topics = {
        "health": Topic("health", "ordered", {}, Event, bytes, recent=table.recent, after=table.after),
        "status": Topic("status", "latest", {}, Event, bytes),
    }
    publisher.bind(asyncio.get_running_loop())
    events: list[Event] = []
    messages: list[dict[str, Any]] = []
    feed = Feed(topics, events.append, messages.append)
    feed.start()
    if joined:
        await feed.joined()
    yield Listener(feed, events, messages)
    await feed.stop()
    layer = get_channel_layer()
    if hasattr(layer, "flush"):
        await layer.flush()


async def publish(position: int, *, key: str = "", marks: dict[str, int] | None = None) -> None:
    event: dict[str, Any] = {"topic": "status", "event": "status_update", "data": {}, "key": key, "marks": marks}
    await in_thread(partial(publisher.publish, position=position, **event))


async def test_what_is_published_arrives_in_order(layer: str) -> None:
    async with listening(Table()) as listener:
        for position in range(1, 21):
            await publish(position)
        await listener.wait_for("status", *range(1, 21))


async def test_a_hint_makes_it_read_the_rows(layer: str) -> None:
    table = Table()
    async with listening(table) as listener:
        table.add(3)
        await in_thread(partial(publisher.hint, topic="health", position=3))
        await listener.wait_for("health", 1, 2, 3)


async def test_an_event_of_another_topic_stands_in_for_a_lost_hint(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "FOLLOW_SECONDS", 3600.0)
    table = Table()
    async with listening(table) as listener:
        table.add(2)
        await publish(1, marks={"health": 2})
        await listener.wait_for("health", 1, 2)


async def test_rows_that_nobody_told_of_arrive_all_the_same(layer: str) -> None:
    table = Table()
    async with listening(table) as listener:
        table.add(5)
        await listener.wait_for("health", 1, 2, 3, 4, 5)


async def test_more_rows_than_a_page_arrive_at_once(layer: str) -> None:
    table = Table()
    async with listening(table) as listener:
        table.add(2 * feed_module.PAGE + 7)
        await listener.wait_for("health", *range(1, 2 * feed_module.PAGE + 8))


async def test_messages_about_sockets_reach_their_taker(layer: str) -> None:
    async with listening(Table()) as listener:
        await in_thread(partial(publisher.control, {"type": "hub.recheck", "user": 7}))
        await eventually_async(lambda: listener.messages == [{"type": "hub.recheck", "user": 7}])


async def test_what_was_read_at_the_start_is_not_delivered(layer: str) -> None:
    table = Table()
    table.add(3)
    async with listening(table) as listener:
        table.add()
        await listener.wait_for("health", 4)
        assert listener.feed.position_of("health") == ":4"


async def test_what_is_gone_is_in_no_history_any_more(layer: str) -> None:
    async with listening(Table()) as listener:
        for position, key in enumerate("abab", 1):
            await publish(position, key=key)
        await listener.wait_for("status", 1, 2, 3, 4)
        await in_thread(partial(publisher.forget, topic="status", key="a"))
        recent = listener.feed.recent["status"]
        await eventually_async(lambda: [event.key for event, _ in recent.newest(5)] == ["b", "b"])


async def test_a_membership_that_was_forgotten_is_renewed(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "JOIN_AGAIN_SECONDS", 0.05)
    async with listening(Table()) as listener:
        await forget_members("status")
        await eventually_async(lambda: has_members("status"))
        await publish(1)
        await listener.wait_for("status", 1)


async def forget_members(topic: str) -> None:
    group = publisher.group_name(topic)
    for name, channels in groups().items():
        for channel in list(channels) if name.endswith(group) else ():
            await get_channel_layer().group_discard(group, channel)
    assert not has_members(topic)


def has_members(topic: str) -> bool:
    return any(name.endswith(publisher.group_name(topic)) and channels for name, channels in groups().items())


def groups() -> dict[str, Any]:
    found: dict[str, Any] = get_channel_layer().groups
    return dict(found)


@pytest.mark.parametrize("trouble", [DatabaseError, InterfaceError])
async def test_a_database_that_fails_for_a_while_delays_and_loses_nothing(layer: str, trouble: type[Exception]) -> None:
    table = Table(trouble=trouble)
    async with listening(table) as listener:
        table.failures = 2
        table.add(2)
        await in_thread(partial(publisher.hint, topic="health", position=2))
        await listener.wait_for("health", 1, 2)


async def test_a_bug_in_reading_rows_does_not_end_it(layer: str, caplog: pytest.LogCaptureFixture) -> None:
    table = Table(trouble=ZeroDivisionError)
    async with listening(table) as listener:
        table.failures = 1
        table.add(2)
        await listener.wait_for("health", 1, 2)
    assert "Reading the rows of health failed, and begins again." in caplog.messages


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hub.event", "event": b"nonsense"},
        {"type": "hub.event"},
        {"type": "hub.hint", "topic": "health"},
        {"type": "hub.hint", "marks": 5, "topic": "health", "position": 1},
    ],
    ids=range(4),
)
async def test_a_message_that_makes_no_sense_spoils_no_other(
    layer: str, message: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(Table()) as listener:
        await get_channel_layer().group_send(publisher.group_name("status"), message)
        await publish(1)
        await listener.wait_for("status", 1)
    assert caplog.messages.count("A message of the channel layer could not be handled.") == 1


async def test_messages_do_not_pile_up_before_a_redis_that_hangs(
    over_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher, "MAX_PENDING", 5)
    async with listening(Table()) as listener:
        await publish(1)
        await listener.wait_for("status", 1)
        over_redis.process.send(signal.SIGSTOP)
        try:
            for position in range(2, 20):
                await publish(position)
            assert len(publisher._way_out._pending) == 5
        finally:
            over_redis.process.send(signal.SIGCONT)
        await flows_again(listener)
    assert len([text for text in caplog.messages if text.startswith("Live updates can't leave")]) == 1


async def test_a_start_waits_for_the_database(layer: str) -> None:
    table = Table(failures=1, trouble=InterfaceError)
    table.add(2)
    async with listening(table) as listener:
        assert await listener.feed.ready(30) and listener.feed.positions["health"] == 2
        table.add()
        await listener.wait_for("health", 3)


async def test_after_a_restart_of_redis_events_flow_again(over_redis: RedisServer) -> None:
    table = Table()
    async with listening(table) as listener:
        await publish(1)
        await listener.wait_for("status", 1)
        over_redis.kill()
        table.add(2)
        over_redis.start()
        await flows_again(listener)
        table.add()
        await in_thread(partial(publisher.hint, topic="health", position=3))
        await listener.wait_for("health", 1, 2, 3)


async def flows_again(listener: Listener) -> None:
    """Publish as a detector does, again and again, until something has arrived."""
    known, position = len(listener.events), 1_000

    async def arrived() -> bool:
        nonlocal position
        position += 1
        await publish(position)
        return any(event.topic == "status" for event in listener.events[known:])

    await eventually_async(arrived)


async def test_without_redis_rows_arrive_all_the_same(over_redis: RedisServer) -> None:
    table = Table()
    async with listening(table) as listener:
        over_redis.kill()
        table.add(3)
        await listener.wait_for("health", 1, 2, 3)


async def test_a_feed_that_starts_before_redis_joins_once_it_is_there(over_redis: RedisServer) -> None:
    over_redis.kill()
    async with listening(Table(), joined=False) as listener:
        assert await listener.feed.ready(5)  # sockets are served meanwhile
        over_redis.start()
        await listener.feed.joined()
        await flows_again(listener)


async def test_two_restarts_of_redis_are_survived_too(over_redis: RedisServer) -> None:
    async with listening(Table()) as listener:
        for _ in range(2):
            over_redis.kill()
            over_redis.start()
            await flows_again(listener)


@pytest.mark.parametrize("turns", range(4))
async def test_a_stop_in_the_moment_of_a_hint_is_heard(turns: int) -> None:
    topic = Topic("ordered", "ordered", {}, type(None), bytes, after=lambda position, limit: [])  # type: ignore[arg-type]
    feed = Feed({"ordered": topic}, lambda event: None, lambda message: None)
    feed._ready.set()
    task = asyncio.create_task(feed._follow("ordered"))
    for _ in range(5):
        await asyncio.sleep(0)
    feed._wake["ordered"].set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=30)
    assert task.cancelled()
