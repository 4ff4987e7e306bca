"""What comes in from the other processes: events, hints, and the rows behind the hints.

One member of each channel-layer group per process. Ordered topics never trust the layer: a message only says up to
where there are rows, and the rows are read, on each hint and every two seconds besides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from channels.layers import get_channel_layer

from realtime import publisher
from realtime.lasting import lasting
from realtime.pool import DatabaseTrouble, in_thread
from realtime.recent import PER_KEY, Recent
from realtime.topics import Event, Topic

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 2.0
"""How long a lost hint can delay an ordered event at most."""
AGAIN_SECONDS = 1.0
"""When the database is asked again that did not answer, and a task begins again that ended with an error."""
LISTEN_AGAIN_SECONDS = 0.5
"""When the channel layer is asked again that did not answer."""
PAGE = 500
"""Rows of an ordered topic read at once."""
JOIN_AGAIN_SECONDS = 3600.0
"""The in-memory layer and ``RedisChannelLayer`` forget a group's member after a day unless it is added again."""
_events = msgspec.msgpack.Decoder(Event)


class Feed:
    """Reads the recent past, joins the groups, and calls back for each event. Belongs to one event loop.

    Args:
        deliver: takes each event, once and, on an ordered topic, in order.
        control: takes each message about sockets (``publisher.control``).
        extra: names more groups that this process is a member of, so that it joins those again too.
    """

    def __init__(
        self,
        topics: dict[str, Topic],
        deliver: Callable[[Event], None],
        control: Callable[[dict[str, Any]], None],
        extra: Callable[[], list[str]] = list,
    ) -> None:
        self._topics = topics
        self._deliver = deliver
        self._control = control
        self._extra = extra
        self._channel: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.recent = {name: Recent(topic) for name, topic in topics.items()}
        self.epochs = dict.fromkeys(topics, "")
        self.positions = dict.fromkeys(topics, 0)
        self._seeded: dict[tuple[str, str], int] = {}
        self._wake = {name: asyncio.Event() for name, topic in topics.items() if topic.delivery == "ordered"}
        self._reading = {name: asyncio.Lock() for name in self._wake}
        self._ready = asyncio.Event()
        self._joined = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    def start(self) -> None:
        """Begin to read and listen; returns at once."""
        self._run("Reading the recent past", self._seed)
        self._run("Listening to the channel layer", self._listen)
        for name in self._wake:
            self._run(f"Reading the rows of {name}", partial(self._follow, name))
        for topic in self._topics.values():
            if topic.local is not None:
                self._run(f"Making the events of {topic.name}", partial(self._local, topic))

    def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(lasting(name, work, AGAIN_SECONDS)))

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def ready(self, timeout: float) -> bool:
        """Wait up to ``timeout`` s until the recent past is known; False when it is not yet."""
        if self._ready.is_set():
            return True
        try:
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        except TimeoutError:
            return False
        return True

    async def joined(self) -> None:
        """Wait until this process is a member of every group."""
        await self._joined.wait()

    async def channel(self) -> str:
        """Return the name of this process's channel, once the layer has answered."""
        return await asyncio.shield(self._channel)

    # --- positions ---

    def position_of(self, topic: str) -> str:
        """Return the opaque position of the newest event known."""
        return f"{self.epochs[topic]}:{self.positions[topic]}"

    def parse(self, topic: str, since: str) -> int | None:
        """Return the number in a position that a client brings; None when it is of another numbering, or nonsense.

        It may be ahead of ``positions``: the client had it from a process that read the rows a moment earlier.
        """
        epoch, _, number = since.rpartition(":")
        if epoch != self.epochs[topic] or not number.isdecimal() or len(number) > 18:
            return None
        return int(number)

    def after(self, topic: str, position: int) -> list[tuple[Event, bytes]] | None:
        """Return what memory holds after a position, with the history entries; None when it reaches further back."""
        if position == self.positions[topic]:
            return []
        return self.recent[topic].after(position)

    async def page_after(self, topic: str, position: int, limit: int) -> list[Event]:
        """Return the first ``limit`` events after a position, from memory or from rows.

        Raises:
            django.db.Error: when rows are needed and can't be read.
        """
        items = self.after(topic, position)
        if items is None:
            return await in_thread(self._topics[topic].after, position, limit)
        return [event for event, _ in items[:limit]]

    def take(self, event: Event) -> None:
        """Remember one event and pass it on."""
        recent = self.recent.get(event.topic)
        if recent is None:
            return
        recent.add(event)
        self.positions[event.topic] = max(self.positions[event.topic], event.position)
        self._deliver(event)

    # --- the recent past ---

    async def _seed(self) -> None:
        """Read the recent past of every topic, again and again until the database answers."""
        told = False
        for name, topic in self._topics.items():
            while True:
                try:
                    epoch = await in_thread(topic.epoch)
                    events = await in_thread(topic.recent, PER_KEY)
                    break
                except DatabaseTrouble as error:
                    if not told:
                        logger.error("The history can't be read yet: %s", error)
                    told = True
                    await asyncio.sleep(AGAIN_SECONDS)
            self.epochs[name] = epoch
            self.recent[name].seed(events)
            self.positions[name] = max((event.position for event in events), default=0)
            if topic.delivery == "latest":
                self._seeded.update({(name, event.key): event.position for event in events})
        self._ready.set()

    # --- the channel layer ---

    async def _listen(self) -> None:
        """Join the groups and take every message, whatever happens to the layer."""
        channel = await self._join()
        if not self._channel.done():
            self._channel.set_result(channel)
        layer = get_channel_layer()
        await self._ready.wait()
        self._joined.set()
        again = asyncio.get_running_loop().create_task(self._join_again(channel))
        trouble = False
        try:
            while True:
                try:
                    for _ in range(100):
                        message = await layer.receive(channel)
                        trouble = False
                        self._received(message)
                    await asyncio.sleep(0)  # a flood must not keep the sockets from being served
                except asyncio.CancelledError:
                    raise
                except Exception as error:  # whatever client library the layer is built on may raise its own errors
                    if not trouble:
                        logger.error("The channel layer does not answer: %s", error)
                    trouble = True
                    await asyncio.sleep(LISTEN_AGAIN_SECONDS)
        finally:
            again.cancel()

    async def _join(self) -> str:
        """Become a member of every group; return the name of our channel."""
        layer = get_channel_layer()
        told = False
        while True:
            try:
                channel: str = await layer.new_channel("presence.hub")
                await self._add(channel)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # as above
                if not told:
                    logger.error("The channel layer does not answer yet: %s", error)
                told = True
                await asyncio.sleep(LISTEN_AGAIN_SECONDS)
            else:
                return channel

    async def _add(self, channel: str) -> None:
        for name in [publisher.group_name(name) for name in (*self._topics, publisher.CONTROL)] + self._extra():
            await get_channel_layer().group_add(name, channel)

    async def _join_again(self, channel: str) -> None:
        while True:
            await asyncio.sleep(JOIN_AGAIN_SECONDS)
            with contextlib.suppress(Exception):  # the next hour tries again; membership lasts a day
                await self._add(channel)

    def _received(self, message: dict[str, Any]) -> None:
        try:
            self._message(message)
        except Exception:  # from a process of another version, say: what comes behind it is none the worse
            logger.exception("A message of the channel layer could not be handled.")

    def _message(self, message: dict[str, Any]) -> None:
        for topic, position in message.get("marks", {}).items():
            self._hint(topic, position)
        kind = message["type"]
        if kind == "hub.hint":
            self._hint(message["topic"], message["position"])
        elif kind == "hub.event":
            event = _events.decode(message["event"])
            if not self._was_seeded(event):
                self.take(event)
        elif kind == "hub.forget":
            self.recent[message["topic"]].forget(message["key"])
        else:
            self._control(message)

    def _was_seeded(self, event: Event) -> bool:
        """Tell whether an event that waited in the channel was among the rows that were read at the start."""
        seeded = self._seeded.get((event.topic, event.key))
        if seeded is None:
            return False
        if seeded - 10_000 < event.position <= seeded:
            return True
        del self._seeded[event.topic, event.key]
        return False

    # --- rows ---

    def _hint(self, topic: str, position: int) -> None:
        if topic in self._wake and position > self.positions[topic]:
            self._wake[topic].set()

    async def _follow(self, name: str) -> None:
        """Read the rows of an ordered topic after the last one known: on a hint, and every two seconds besides."""
        await self._ready.wait()
        wake, trouble = self._wake[name], False
        while True:
            with contextlib.suppress(TimeoutError):
                # not wait_for: Python 3.11's forgets that it was cancelled when a hint comes in the same moment
                async with asyncio.timeout(FOLLOW_SECONDS):
                    await wake.wait()
            wake.clear()
            try:
                await self.catch_up(name)
                trouble = False
            except DatabaseTrouble as error:
                if not trouble:
                    logger.error("New rows of %s can't be read: %s", name, error)
                trouble = True

    async def catch_up(self, name: str) -> None:
        """Read the rows of an ordered topic after the last one known, and pass them on.

        Raises:
            django.db.Error: when they can't be read.
        """
        async with self._reading[name]:
            while True:
                events = await in_thread(self._topics[name].after, self.positions[name], PAGE)
                for event in events:
                    self.take(event)
                if len(events) < PAGE:
                    return

    # --- what this process has to say itself ---

    async def _local(self, topic: Topic) -> None:
        """Make the topic's own event now and every few seconds."""
        assert topic.local is not None
        await self._ready.wait()
        while True:
            self.take(topic.local())
            await asyncio.sleep(topic.local_seconds)
