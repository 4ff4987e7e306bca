"""The hub: one member of each group per process, and the lanes to this process's sockets behind it.

Events come from the channel layer, are decoded once, and handed to the lanes of their topic. Ordered topics never trust
the layer: a message only says up to where there are rows, and the hub reads them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from typing import Any

import msgspec
from channels.layers import get_channel_layer
from django.db import DatabaseError

from realtime import encode, publisher
from realtime.connection import Connection
from realtime.lane import Lane, Options
from realtime.limits import Limits
from realtime.pool import in_thread
from realtime.protocol import CloseCode, ErrorCode, ErrorData, SubscribedData, SubscribePayload
from realtime.recent import PER_KEY, Recent
from realtime.topics import Event, Topic, all_topics

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 2.0
"""How long a lost hint can delay an ordered event at most."""
PAGE = 500
"""Rows of an ordered topic read at once."""
SWEEP_SECONDS = 1.0
DRAIN_CHUNK = 100
_events = msgspec.msgpack.Decoder(Event)


class Hub:
    """Everything this process knows of its sockets. Belongs to one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.clock = time.monotonic
        self.topics: dict[str, Topic] = all_topics()
        self.recent = {name: Recent(topic) for name, topic in self.topics.items()}
        self.connections: set[Connection] = set()
        self.lanes: dict[tuple[str, Options], Lane] = {}
        self.disconnects: Counter[int] = Counter()
        self.dropped = 0
        self.draining = False
        self._epochs = dict.fromkeys(self.topics, "")
        self._position = dict.fromkeys(self.topics, 0)
        self._seeded: dict[tuple[str, str], int] = {}
        self._wake = {name: asyncio.Event() for name, topic in self.topics.items() if topic.delivery == "ordered"}
        self._ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._histories: dict[tuple[str, Options, int], tuple[int, list[bytes]]] = {}

    # --- life ---

    def start(self) -> None:
        """Join the groups, read the recent past, and begin to listen; returns at once."""
        publisher.bind(asyncio.get_running_loop())
        create = asyncio.get_running_loop().create_task
        self._tasks = [create(self._seed()), create(self._listen()), create(self._sweep())]
        self._tasks += [create(self._follow(name)) for name in self._wake]

    async def ready(self, timeout: float) -> bool:
        """Wait up to ``timeout`` s until the recent past is known; False when it is not yet."""
        try:
            await asyncio.wait_for(self._ready.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def drain(self) -> None:
        """Send every client away in small batches, each told to come back at another moment."""
        self.draining = True
        waiting = list(self.connections)
        spread_ms = max(1_000, len(waiting))  # 10,000 clients come back within 10 s
        for start in range(0, len(waiting), DRAIN_CHUNK):
            for connection in waiting[start : start + DRAIN_CHUNK]:
                retry = random.randint(200, 200 + spread_ms)  # noqa: S311 - spreads load, guards nothing
                connection.end(CloseCode.SERVICE_RESTART, "restart", reconnect=True, retry_after_ms=retry)
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stop listening and let the groups go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # --- sockets ---

    def add(self, connection: Connection) -> None:
        """Take a socket that was accepted."""
        self.connections.add(connection)

    def remove(self, connection: Connection, code: int) -> None:
        """Forget a socket that is gone."""
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        self.disconnects[code] += 1
        for name in list(connection.lanes):
            self.leave(connection, name)
        for task in (connection.joining or {}).values():
            task.cancel()
        if connection.replaying is not None:
            connection.replaying.cancel()
        connection.outbox = None

    def subscribed(self, connection: Connection) -> list[str]:
        """Return the names of all topics the socket is subscribed to, in the order of registration."""
        joining = connection.joining or {}
        return [name for name in self.topics if name in connection.lanes or name in joining]

    def subscribe(
        self, connection: Connection, topics: list[Topic], payload: SubscribePayload, metadata: dict[str, object] | None
    ) -> None:
        """Answer ``subscribed``, then the history of each topic up to a position, then send only what is newer.

        From memory, so nothing can come in between; only a position older than memory waits for rows.
        """
        options = Options.of(payload.throttle_ms, payload.filter, connection.version)
        names = {*self.subscribed(connection), *(topic.name for topic in topics)}
        data = SubscribedData(subscribed=[n for n in self.topics if n in names], timestamp=encode.now_ms())
        connection.send(encode.reply("config", "subscribed", data, version=connection.version, metadata=metadata))
        for topic in topics:
            self.leave(connection, topic.name)
            since = (payload.since or {}).get(topic.name)
            self._join(connection, topic, options, payload.history, since, metadata)

    def leave(self, connection: Connection, name: str) -> None:
        """Take one topic away from a socket."""
        if connection.joining and (task := connection.joining.pop(name, None)):
            task.cancel()
        lane = connection.lanes.pop(name, None)
        if connection.outbox is not None:
            connection.outbox.forget(name)
        if lane is not None:
            lane.members.pop(connection, None)
            if not lane.members:
                lane.close()
                self.lanes.pop((name, lane.options), None)

    def position_of(self, topic: str, position: int | None = None) -> str:
        """Return an opaque position, of the newest event known unless one is given."""
        return f"{self._epochs[topic]}:{self._position[topic] if position is None else position}"

    def _join(
        self,
        connection: Connection,
        topic: Topic,
        options: Options,
        limit: int,
        since: str | None,
        metadata: dict[str, object] | None,
    ) -> None:
        if since is None:
            self._enter(connection, topic, options, self._history(topic, options, limit), None, metadata)
            return
        position = self._parse(topic, since)
        items = self._after(topic.name, position)
        if items is not None:
            entries = [entry for event, entry in items if options.wants(event)]
            self._enter(connection, topic, options, entries, True, metadata)
        elif position is not None and topic.delivery == "ordered":
            if connection.joining is None:
                connection.joining = {}
            join = self._join_from_rows(connection, topic, options, limit, position, metadata)
            connection.joining[topic.name] = asyncio.get_running_loop().create_task(join)
        else:
            self._enter(connection, topic, options, self._history(topic, options, limit), False, metadata)

    async def _join_from_rows(
        self,
        connection: Connection,
        topic: Topic,
        options: Options,
        limit: int,
        position: int,
        metadata: dict[str, object] | None,
    ) -> None:
        """Resume from rows that memory does not hold any more."""
        events: list[Event] | None
        try:
            events = await in_thread(topic.after, position, PAGE)
        except DatabaseError:
            events = None
        if connection.closing or connection.joining is None:
            return
        connection.joining.pop(topic.name, None)
        newer = None
        if events is not None and len(events) < PAGE:
            newer = self._after(topic.name, events[-1].position if events else position)
        if events is None or newer is None:  # too far back, or no database: say so rather than leave a gap unmarked
            self._enter(connection, topic, options, self._history(topic, options, limit), False, metadata)
            return
        entries = [topic.entry_of(event.data) for event in events if options.wants(event)]
        entries += [entry for event, entry in newer if options.wants(event)]
        self._enter(connection, topic, options, entries, True, metadata)

    def _enter(
        self,
        connection: Connection,
        topic: Topic,
        options: Options,
        entries: list[bytes],
        recovered: bool | None,
        metadata: dict[str, object] | None,
    ) -> None:
        extra: dict[str, object] = {**(metadata or {}), "position": self.position_of(topic.name)}
        if recovered is not None:
            extra["recovered"] = recovered
        connection.send(encode.history(topic.name, entries, version=connection.version, metadata=extra))
        lane = self.lanes.get((topic.name, options))
        if lane is None:
            lane = self.lanes[topic.name, options] = Lane(topic, options, self._epochs[topic.name])
        lane.members[connection] = None
        connection.lanes[topic.name] = lane

    def _history(self, topic: Topic, options: Options, limit: int) -> list[bytes]:
        # In a storm of connects thousands ask for the same between two events: cut it out once.
        recent = self.recent[topic.name]
        slot = (topic.name, options, limit)
        cached = self._histories.get(slot)
        if cached is not None and cached[0] == recent.changes:
            return cached[1]
        if len(self._histories) > 100:
            self._histories.clear()
        entries = [entry for event, entry in recent.newest(limit) if options.wants(event)]
        self._histories[slot] = (recent.changes, entries)
        return entries

    def _after(self, name: str, position: int | None) -> list[tuple[Event, bytes]] | None:
        """Return what memory holds after a position; None when the position is unknown or older than memory."""
        if position is None or position == self._position[name]:
            return None if position is None else []
        return self.recent[name].after(position)

    def _parse(self, topic: Topic, since: str) -> int | None:
        epoch, _, number = since.rpartition(":")
        if epoch != self._epochs[topic.name] or not number.isdecimal() or len(number) > 18:
            return None
        position = int(number)
        return position if position <= self._position[topic.name] else None

    # --- a slow reader catches up ---

    def refill(self, connection: Connection) -> None:
        """Send a socket that drained what it missed: first the newest of latest topics, then ordered rows in order."""
        outbox = connection.outbox
        if outbox is None or connection.replaying is not None or connection.transport.paused:
            return
        events = outbox.take_latest()
        missed = outbox.take_missed()
        if missed:
            text = f"You read too slowly: {missed} updates were skipped, the newest follow."
            connection.send(
                encode.reply("error", "error", _overflow(text, missed), version=connection.version),
            )
        for event in events:
            lane = connection.lanes.get(event.topic)
            if lane is not None:
                connection.send(lane.encode([event]))
        if outbox.resume() is None:
            connection.outbox = None
        else:
            connection.replaying = asyncio.get_running_loop().create_task(self._replay(connection))

    async def _replay(self, connection: Connection) -> None:
        """Send ordered events from where the socket fell behind, as fast as it takes them."""
        try:
            while (outbox := connection.outbox) is not None and not connection.closing:
                behind = outbox.resume()
                if behind is None or connection.transport.paused:
                    break
                name, position = behind
                lane = connection.lanes.get(name)
                events = await self._page_after(name, position)
                events = [event for event in events if event.position <= self._position[name]]
                if lane is None or not events:
                    outbox.caught_up(name, None)
                    continue
                wanted = [event for event in events if lane.options.wants(event)]
                if wanted:
                    connection.send(lane.encode(wanted))
                outbox.caught_up(name, events[-1].position)
        except DatabaseError:
            connection.end(CloseCode.TRY_AGAIN_LATER, "history unavailable", reconnect=True, retry_after_ms=2_000)
        finally:
            connection.replaying = None
        outbox = connection.outbox
        if outbox is not None and outbox.empty():
            connection.outbox = None
        elif outbox is not None and not connection.transport.paused:
            self.refill(connection)

    async def _page_after(self, name: str, position: int) -> list[Event]:
        """Return the first hundred events after a position, from memory or from rows."""
        items = self._after(name, position)
        if items is None:
            return await in_thread(self.topics[name].after, position, 100)
        return [event for event, _ in items[:100]]

    # --- events ---

    def deliver(self, event: Event) -> None:
        """Hand one event to the lanes of its topic."""
        recent = self.recent.get(event.topic)
        if recent is None:
            return
        recent.add(event)
        self._position[event.topic] = max(self._position[event.topic], event.position)
        for (name, _), lane in list(self.lanes.items()):
            if name == event.topic:
                lane.offer(event)

    async def _seed(self) -> None:
        """Read the recent past of every topic, again and again until the database answers."""
        told = False
        for name, topic in self.topics.items():
            while True:
                try:
                    epoch = await in_thread(topic.epoch)
                    events = await in_thread(topic.recent, PER_KEY)
                    break
                except DatabaseError as error:
                    if not told:
                        logger.error("The history can't be read yet: %s", error)
                    told = True
                    await asyncio.sleep(1)
            self._epochs[name] = epoch
            self.recent[name].seed(events)
            if events:
                self._position[name] = max(event.position for event in events)
            self._seeded.update({(name, event.key): event.position for event in events})
        self._ready.set()

    async def _listen(self) -> None:
        """Join the groups and take every message, whatever happens to the layer."""
        layer = get_channel_layer()
        channel = None
        trouble = False
        while True:
            try:
                if channel is None:
                    channel = await layer.new_channel("presence.hub")
                    for name in self.topics:
                        await layer.group_add(publisher.group_name(name), channel)
                    await self._ready.wait()
                    if trouble:
                        logger.info("The channel layer answers again.")
                        trouble = False
                for _ in range(100):
                    self._take(await layer.receive(channel))
                await asyncio.sleep(0)  # a flood must not keep the sockets from being served
            except asyncio.CancelledError:
                raise
            except Exception as error:  # whatever client library the layer is built on may raise its own errors
                if not trouble:
                    logger.error("The channel layer does not answer: %s", error)
                trouble, channel = True, None
                await asyncio.sleep(0.5)

    def _take(self, message: dict[str, Any]) -> None:
        for topic, position in message.get("marks", {}).items():
            self._hint(topic, position)
        if message["type"] == "hub.hint":
            self._hint(message["topic"], message["position"])
        elif message["type"] == "hub.event":
            event = _events.decode(message["event"])
            seeded = self._seeded.get((event.topic, event.key))
            if seeded is not None:
                if seeded - 10_000 < event.position <= seeded:
                    return  # it was among the rows that were read at the start
                del self._seeded[event.topic, event.key]
            self.deliver(event)

    def _hint(self, topic: str, position: int) -> None:
        if topic in self._wake and position > self._position[topic]:
            self._wake[topic].set()

    async def _follow(self, name: str) -> None:
        """Read the rows of an ordered topic after the last one known: on a hint, and every two seconds besides."""
        await self._ready.wait()
        topic, wake, trouble = self.topics[name], self._wake[name], False
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), FOLLOW_SECONDS)
            wake.clear()
            try:
                events = await in_thread(topic.after, self._position[name], PAGE)
                trouble = False
            except DatabaseError as error:
                if not trouble:
                    logger.error("New rows of %s can't be read: %s", name, error)
                trouble = True
                continue
            for event in events:
                self.deliver(event)
            if len(events) == PAGE:
                wake.set()

    # --- once a second ---

    async def _sweep(self) -> None:
        """End sockets that are silent, idle or stalled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = self.clock()
            everyone = list(self.connections)
            for start in range(0, len(everyone), 500):
                for connection in everyone[start : start + 500]:
                    if not connection.closing:
                        self._check(connection, now)
                await asyncio.sleep(0)

    def _check(self, connection: Connection, now: float) -> None:
        limits = self.limits
        if now - connection.last_seen > limits.heartbeat_timeout:
            connection.error(ErrorCode.HEARTBEAT_TIMEOUT, "Nothing was heard of you for too long.")
            connection.end(CloseCode.HEARTBEAT_TIMEOUT, "heartbeat timeout", reconnect=True, retry_after_ms=0)
        elif not connection.lanes and not connection.joining and now - connection.last_useful > limits.idle_timeout:
            connection.end(CloseCode.NORMAL, "idle", reconnect=False)
        elif connection.outbox is not None:
            if (
                now - connection.outbox.since > limits.slow_seconds
                or connection.transport.buffered() > limits.slow_bytes
            ):
                connection.drop()
            else:
                self.refill(connection)


def _overflow(text: str, missed: int) -> ErrorData:
    return ErrorData(code=ErrorCode.QUEUE_OVERFLOW, message=text, details={"missed": missed})


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def get_hub() -> Hub:
    """Return the hub of the running event loop, started on first use."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        for other in [other for other in _hubs if other.is_closed()]:
            del _hubs[other]
        hub = _hubs[loop] = Hub(Limits.from_settings())
        hub.start()
    return hub


async def close_hub() -> None:
    """Stop the hub of the running event loop, if there is one."""
    hub = _hubs.pop(asyncio.get_running_loop(), None)
    if hub is not None:
        await hub.stop()


def local_connections() -> int:
    """Return how many sockets this process serves; any thread may ask."""
    return sum(len(hub.connections) for hub in list(_hubs.values()))
