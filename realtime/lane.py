"""A lane: all sockets of this process with one topic and the same options. The work is done once per lane."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from realtime import direct, encode
from realtime.protocol import SEVERITY_RANK, Filter
from realtime.timeline import Timeline
from realtime.topics import Event, Topic
from realtime.transport import Encoded, Outlet
from realtime.window import MAX_BATCH, WINDOW_SECONDS, Window

if TYPE_CHECKING:
    from realtime.connection import Connection

CHUNK = 100
"""Writes between two yields to the event loop; 500 made the p99 of a pong four times as long (``docs/fan-out.md``)."""
THROTTLE_STEPS_MS = (0, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000)
"""``throttleMs`` is rounded up to one of these, so that lanes stay few."""


class Options(NamedTuple):
    """What makes two subscriptions of one topic share a lane."""

    throttle_ms: int = 0
    min_severity: str | None = None
    components: frozenset[str] | None = None
    hosts: frozenset[str] | None = None
    version: str = "1.0"
    compress: bool = False
    stranger: bool = False

    @classmethod
    def of(
        cls, throttle_ms: int, wanted: Filter | None, version: str, *, compress: bool = False, stranger: bool = False
    ) -> Options:
        """Return the options of a ``subscribe``; the throttle is rounded up to the next step."""
        step = next(step for step in THROTTLE_STEPS_MS if step >= throttle_ms)
        wanted = wanted or Filter()
        return cls(
            step,
            wanted.min_severity,
            None if wanted.components is None else frozenset(wanted.components),
            None if wanted.hosts is None else frozenset(wanted.hosts),
            version,
            compress and version != "1.0",
            stranger,
        )

    def wants(self, event: Event) -> bool:
        """Tell whether the event passes the filter. A field that the event does not have can't be filtered on."""
        if self.hosts is not None and event.host is not None and event.host not in self.hosts:
            return False
        if self.components is not None and event.component is not None and event.component not in self.components:
            return False
        if self.min_severity is not None and event.severity is not None:
            return SEVERITY_RANK[event.severity] >= SEVERITY_RANK[self.min_severity]
        return True


class Lane:
    """Filters, throttles, batches and encodes once; then writes the same bytes to each member."""

    def __init__(self, topic: Topic, options: Options, epoch: str, timeline: Timeline) -> None:
        self.topic = topic
        self.options = options
        self.members: dict[Outlet, Connection] = {}
        self._outlets: list[Outlet] | None = None
        """The members as a list, while they stay the same: to make one of 10,000 takes 1.5 ms."""
        self._epoch = epoch
        # What a subscriber's own throttle holds back is not late.
        self._timeline = timeline if options.throttle_ms == 0 else None
        self._loop = asyncio.get_running_loop()
        ordered = topic.delivery == "ordered"
        seconds = max(WINDOW_SECONDS, options.throttle_ms / 1000)
        # A throttled reader asked for fewer frames: a busy CPU must not undo that. Alerts are worth the exception.
        self._window = Window(seconds=seconds, conflate=not ordered, urgent=ordered or options.throttle_ms == 0)
        self._timer: asyncio.TimerHandle | None = None
        self._ready: list[tuple[bytes, list[Event]]] = []
        self._under_way: list[Event] = []
        self._broadcast: asyncio.Task[None] | None = None
        self._waiting: frozenset[Event] | None = None
        self._apart: dict[Outlet, frozenset[Event] | None] = {}
        """Members whose history or replay had what waited here already, with that; None for those that have left while
        a broadcast is under way."""

    def enter(self, connection: Connection) -> None:
        """Take a member that has everything so far, what still waits here included; a member may say so again."""
        outlet = connection.transport.outlet
        self.members[outlet] = connection
        self._outlets = None
        if self._waiting is None:
            ready = [event for _, events in self._ready for event in events]
            self._waiting = frozenset((*self._window.waiting(), *ready, *self._under_way))
        if self._waiting:
            self._apart[outlet] = self._waiting
        else:
            self._apart.pop(outlet, None)

    def leave(self, connection: Connection) -> None:
        """Forget a member."""
        outlet = connection.transport.outlet
        self.members.pop(outlet, None)
        self._outlets = None
        if self._broadcast is None:
            self._apart.pop(outlet, None)
        else:
            self._apart[outlet] = None

    def offer(self, event: Event) -> None:
        """Take one event; it leaves now or at the end of the window."""
        if not self.members or not self.options.wants(event):
            return
        if self.options.stranger:
            event = self._for_strangers(event)
        self._window.add(event)
        self._waiting = None
        self._schedule()

    def _for_strangers(self, event: Event) -> Event:
        view = self.topic.for_strangers
        assert view is not None  # nobody could have subscribed
        return replace(event, data=view.data(event.data))

    def close(self) -> None:
        """Forget what waits; nobody is left to hear it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        due = self._window.due_in(self._loop.time())
        if due is None:
            return
        if due == 0:
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(due, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for events in self._window.take(self._loop.time()):
            self._ready.append((self.encode(events), events))
        if self._ready and self._broadcast is None:
            if len(self.members) <= CHUNK:
                self._write(list(self.members))
            else:
                self._broadcast = self._loop.create_task(self._write_in_chunks())

    def encode(self, events: list[Event]) -> bytes:
        """Return the message for these events in this lane's version of the protocol."""
        version = self.options.version
        position = None if version == "1.0" else f"{self._epoch}:{max(event.position for event in events)}"
        compress = self.options.compress
        return encode.frame_of(self.topic.name, events, version=version, position=position, compress=compress)

    async def _write_in_chunks(self) -> None:
        # What is flushed while this runs is picked up by the next round, in one write per socket.
        try:
            while self._ready:
                ready, self._ready = self._ready, []
                message = Encoded(*[payload for payload, _ in ready])
                events = self._under_way = [event for _, batch in ready for event in batch]
                if self._outlets is None:
                    self._outlets = list(self.members)
                outlets = self._outlets
                for start in range(0, len(outlets), CHUNK):
                    some = outlets[start : start + CHUNK]
                    self._write_to(some, message, events)
                    self._note(events, len(some))
                    await asyncio.sleep(0)
                self._under_way, self._waiting = [], None
        finally:
            self._broadcast = None
            self._apart = {outlet: had for outlet, had in self._apart.items() if had is not None}

    def _write(self, outlets: list[Outlet]) -> None:
        ready, self._ready = self._ready, []
        self._waiting = None
        events = [event for _, batch in ready for event in batch]
        self._write_to(outlets, Encoded(*[payload for payload, _ in ready]), events)
        self._note(events, len(outlets))

    def _note(self, events: list[Event], members: int) -> None:
        """Tell the timeline how late these were; the first of a round waited for longest and stands for all."""
        published = events[0].published
        if published and self._timeline is not None:
            now = time.time()
            self._timeline.written((now - published) * 1000, members * len(events), int(now * 1000))

    def _write_to(self, outlets: list[Outlet], message: Encoded, events: list[Event]) -> None:
        # The loop that 10,000 sockets go through for each event: two look-ups and one system call.
        frame, apart = message.frame, self._apart
        size, arguments, send = len(frame), direct.arguments(frame), direct.send
        for outlet in outlets:
            descriptor = outlet.direct
            if descriptor < 0 or (apart and outlet in apart):
                self._write_with_care(outlet, message, events)
            elif (sent := send(descriptor, *arguments)) != size:
                outlet.write(frame[max(0, sent) :])

    def _write_with_care(self, outlet: Outlet, message: Encoded, events: list[Event]) -> None:
        """Write to a socket that is behind, on another server, or has a part of a round that began before it came."""
        member = self.members.get(outlet)
        if member is None:
            return  # it left, or changed its options, while the broadcast was under way
        had = self._apart.get(outlet)
        if had is not None:
            fresh = [event for event in events if event not in had]
            if not fresh:
                return
            del self._apart[outlet]  # events leave in rounds as they came: what comes from now on is newer
            if len(fresh) < len(events):
                events = fresh
                message = Encoded(*[self.encode(fresh[i : i + MAX_BATCH]) for i in range(0, len(fresh), MAX_BATCH)])
        if member.outbox is not None or member.transport.paused:
            member.fall_behind(self, events)
        else:
            member.transport.send(message)
