"""The hub: everything a process knows of its sockets.

Events come in through the feed (``feed.py``), are handed to the lanes of their topic (``subscriptions.py``,
``lane.py``), and leave over each socket's transport. The registry (``registry.py``) counts sockets over all processes.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import partial
from math import inf
from typing import Any

from django.conf import settings

from accounts.identity import IdentityLookup
from realtime import encode, publisher
from realtime.base import BaseConnection
from realtime.feed import Feed
from realtime.groups import Groups
from realtime.lasting import lasting
from realtime.limits import Limits
from realtime.protocol import CloseCode
from realtime.ratelimit import Budget
from realtime.registry import BEAT_SECONDS, make_registry
from realtime.reports import ClientReports
from realtime.subscriptions import Subscriptions
from realtime.sweep import recheck, sweep
from realtime.timeline import Timeline
from realtime.topics import Topic, all_topics

logger = logging.getLogger(__name__)

DRAIN_CHUNK = 100
OPENING_SECONDS = 60.0
"""How long it takes at most, from looking up whose a socket is to its being in the books."""
RETURN_PER_SECOND = 1_000
"""How many clients a restart lets come back in a second: 10,000 are spread over ten."""


class Hub:
    """Belongs to one event loop; there is one per process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.clock = time.monotonic
        self.topics: dict[str, Topic] = all_topics()
        self.timeline = Timeline()
        self.subscriptions = Subscriptions(self)
        self.groups = Groups(self._own_channel)
        self.feed = Feed(self.topics, self.subscriptions.offer, self._control, self.groups.names)
        self.identities = IdentityLookup()
        self.registry = make_registry()
        self.reports = ClientReports()
        self.connections: dict[BaseConnection, None] = {}
        """In the order of their arrival."""
        self.histories = Budget(max(1.0, settings.WS_MAX_CONNECTIONS_PER_USER / 3))
        self.disconnects: Counter[int] = Counter()
        self.dropped = 0
        self.draining = False
        self._changed: dict[int | None, float] = {}  # whose rights have changed lately, and when; None: everybody's
        self.loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    async def _own_channel(self) -> str:
        return await self.feed.channel()

    # --- life ---

    def start(self) -> None:
        """Begin to listen; returns at once."""
        publisher.bind(self.loop)
        self.feed.start()
        self.spawn(lasting("The sweep over the sockets", partial(sweep, self)))
        self.spawn(lasting("The beat of this process", self._beat))

    async def drain(self) -> None:
        """Send every client away in small batches, each told to come back at another moment."""
        self.draining = True
        waiting = list(self.connections)
        spread_ms = max(1_000, 1_000 * len(waiting) // RETURN_PER_SECOND)
        for start in range(0, len(waiting), DRAIN_CHUNK):
            for connection in waiting[start : start + DRAIN_CHUNK]:
                retry = random.randint(200, 200 + spread_ms)  # noqa: S311 - spreads load, guards nothing
                connection.end(CloseCode.SERVICE_RESTART, "restart", reconnect=True, retry_after_ms=retry)
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stop listening and give every place back."""
        await self.groups.stop()
        await self.feed.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.identities.close()
        await self.registry.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work beside the sockets; it is kept from being collected, and ends with the hub."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- sockets ---

    def add(self, connection: BaseConnection, asked: float = inf) -> None:
        """Take a socket that was accepted; ``asked`` is the clock before its user was looked up."""
        self.connections[connection] = None
        place = connection.place
        self.timeline.arrived(place.endpoint, place.user, encode.now_ms())
        if self._changed and self._changed_since(connection.identity.user_id, asked):
            self.spawn(recheck(self, [connection]))

    def remove(self, connection: BaseConnection, code: int) -> None:
        """Forget a socket that is gone, and give its place back."""
        if connection not in self.connections:
            return
        del self.connections[connection]
        place = connection.place
        self.registry.release(place)
        self.disconnects[code] += 1
        self.timeline.lost(place.endpoint, place.user, code, encode.now_ms())
        connection.forget(code)

    def make_room(self, endpoint: str) -> None:
        """End the oldest ordinary socket of an endpoint, here or, when there is none, on the process that has most."""
        oldest = next(self._ordinary(endpoint), None)
        if oldest is None:
            self.spawn(self._make_room_elsewhere(endpoint))
            return
        retry = random.randint(10_000, 30_000)  # noqa: S311 - as above
        oldest.end(CloseCode.TRY_AGAIN_LATER, "making room", reconnect=True, retry_after_ms=retry)

    def _ordinary(self, endpoint: str) -> Iterator[BaseConnection]:
        for connection in self.connections:
            if connection.place.endpoint == endpoint and not connection.identity.is_admin and not connection.closing:
                yield connection

    async def _make_room_elsewhere(self, endpoint: str) -> None:
        others = await self.registry.all_figures()
        if others:
            fullest = max(others, key=lambda one: int(one["ordinary"].get(endpoint, 0)))
            publisher.control({"type": "hub.make_room", "process": fullest["process"], "endpoint": endpoint})

    # --- what other processes ask of us ---

    def _control(self, message: dict[str, Any]) -> None:
        if message["type"] == "hub.group":
            self.groups.deliver(message["group"], message["data"])
        elif message["type"] == "hub.make_room" and message["process"] == self.registry.process:
            if next(self._ordinary(message["endpoint"]), None) is not None:
                self.make_room(message["endpoint"])
        elif message["type"] == "hub.recheck":
            self._recheck(message["user"])

    def _recheck(self, user: int | None) -> None:
        """Look up again who a user's sockets belong to, those that are being opened too; None: everybody's."""
        now = self.clock()
        self._changed = {who: when for who, when in self._changed.items() if now - when < OPENING_SECONDS}
        self._changed[user] = now
        mine = [c for c in self.connections if user in (None, c.identity.user_id) and not c.closing]
        if mine:
            self.spawn(recheck(self, mine))

    def _changed_since(self, user: int, asked: float) -> bool:
        return any(self._changed.get(who, -inf) >= asked for who in (user, None))

    # --- figures ---

    def figures(self) -> dict[str, Any]:
        """Return what this process adds to ``/ws/stats``; any thread may ask."""
        connections = list(self.connections)
        topics = Counter(name for connection in connections for name in connection.topics())
        return {
            "process": self.registry.process,
            "host": socket.gethostname(),
            "connections": len(connections),
            "endpoints": Counter(connection.place.endpoint for connection in connections),
            "ordinary": Counter(c.place.endpoint for c in connections if not c.identity.is_admin),
            "subscriptions": sum(topics.values()),
            "users": sorted({connection.identity.username for connection in connections}),
            "topics": dict(topics),
            "lanes": len(self.subscriptions.lanes),
            "disconnects": {str(code): count for code, count in list(self.disconnects.items())},
            "clients": self.reports.now(),
            "timeline": self.timeline.packed(),
        }

    async def everyones_figures(self) -> list[dict[str, Any]]:
        """Return the figures of all living processes, this one's fresh."""
        return [self.figures(), *await self.registry.all_figures()]

    async def _beat(self) -> None:
        while True:
            await self.registry.beat(self.figures)
            await asyncio.sleep(BEAT_SECONDS)


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


def running_hub() -> Hub | None:
    """Return the hub of this process from any thread; None while it has none."""
    return next((hub for loop, hub in list(_hubs.items()) if not loop.is_closed()), None)


def local_connections() -> int:
    """Return how many sockets this process serves; any thread may ask."""
    return sum(len(hub.connections) for hub in list(_hubs.values()))
