"""One socket of ``/ws``: what it subscribed to, what it missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from accounts.identity import Credential, Identity
from realtime import actions, encode
from realtime.base import BaseConnection
from realtime.outbox import Outbox
from realtime.protocol import ClientMessage, DisconnectedData, ErrorCode, ErrorData, ProtocolError
from realtime.refill import refill
from realtime.registry import Request
from realtime.topics import Event
from realtime.transport import Encoded

if TYPE_CHECKING:
    from realtime.hub import Hub
    from realtime.lane import Lane

logger = logging.getLogger(__name__)


class Connection(BaseConnection):
    """A socket of ``/ws``."""

    __slots__ = ("_held", "joining", "lanes", "outbox", "reading", "replaying", "version")

    def __init__(self, hub: Hub, identity: Identity, credential: Credential, place: Request, version: str) -> None:
        super().__init__(hub, identity, credential, place)
        self.version = version
        self.lanes: dict[str, Lane] = {}
        self.joining: dict[str, asyncio.Task[None]] | None = None
        self.replaying: asyncio.Task[None] | None = None
        self.outbox: Outbox | None = None
        self.reading = 0  # how many of its `get_history` are under way
        self._held: list[bytes] | None = None

    def handle(self, data: str | bytes) -> None:
        """Decode, check, act."""
        message: ClientMessage | None = None
        try:
            message = self._decode(data)
            if self.spend(apart=message.action == "ack", useful=message.action not in ("ack", "ping")):
                actions.run(self, message)
        except ProtocolError as problem:
            self.send(encode.error(problem, version=self.version, reply_to=message.id if message else None))
        except Exception:  # a bug of ours must not take the socket, nor the loop, with it
            logger.exception("A message of action %r failed.", message.action if message else None)
            bug = ProtocolError(ErrorCode.INTERNAL_ERROR, "Presence failed at this message; the log has the details.")
            self.send(encode.error(bug, version=self.version, reply_to=message.id if message else None))

    def _decode(self, data: str | bytes) -> ClientMessage:
        try:
            return actions.decode(data)
        except ProtocolError:
            self.spend(useful=False)  # nonsense costs as much, or a flood of it would never be refused
            raise

    def writing_resumed(self) -> None:
        """Send what it missed."""
        if self.outbox is None:
            self.transport.outlet.let_through()
        elif not self.closing:
            refill(self)

    def forget(self, code: int) -> None:
        """Leave every lane, and stop every task."""
        for name in list(self.lanes):
            self.hub.subscriptions.leave(self, name)
        for task in (self.joining or {}).values():
            task.cancel()
        if self.replaying is not None:
            self.replaying.cancel()
        self.outbox = None

    def idle(self) -> bool:
        """Whether nothing is subscribed."""
        return not self.lanes and not self.joining

    def watch(self, now: float) -> None:
        """Drop a reader that was behind for too long, or is too far; help the others on."""
        outbox = self.outbox
        if outbox is None:
            if self.transport.paused:  # by answers alone: no lane has noticed
                self._outbox()
            return
        limits = self.hub.limits
        if now - outbox.since > limits.slow_seconds or self.transport.buffered() > limits.slow_bytes:
            self.drop()
        else:
            refill(self)

    def recognise(self, identity: Identity) -> None:
        """Take what the user may do now; what may not be seen any more is unsubscribed."""
        super().recognise(identity)
        names = self.hub.subscriptions.names(self)
        lost = [name for name in names if not self.hub.topics[name].visible_to(identity)]
        if lost:
            for name in lost:
                self.hub.subscriptions.leave(self, name)
            actions.confirm(self, "unsubscribed")

    def topics(self) -> Iterable[str]:
        """The names of its topics; a copy, for another thread may ask."""
        return tuple(self.lanes)

    # --- what we tell the client ---

    def send(self, payload: bytes) -> None:
        """Send one message to this socket alone, or hold it until the block of ``one_write`` ends."""
        if self._held is not None:
            self._held.append(payload)
        else:
            self.write(payload)

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Hold what is sent within the block, and send it together at its end: a write is a system call."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held and not self.closing:
                if self.too_far_behind():
                    self.drop()
                else:
                    self.transport.send(Encoded(*held))

    def complain(self, code: ErrorCode, text: str) -> None:
        """Tell of trouble that no single message caused."""
        self.send(encode.reply("error", "error", ErrorData(code=code, message=text), version=self.version))

    def farewell(self, data: DisconnectedData) -> bytes:
        """Return the ``disconnected`` event."""
        return encode.reply("system", "disconnected", data, version=self.version)

    # --- a reader that is behind ---

    def fall_behind(self, lane: Lane, events: list[Event]) -> None:
        """Note what this socket could not be sent because it reads too slowly."""
        outbox = self._outbox()
        if lane.topic.delivery == "ordered":
            outbox.keep_position(lane.topic.name, events[0])
        else:
            outbox.keep_latest(events)

    def catch_up_after(self, topic: str, position: int) -> None:
        """Send everything of an ordered topic after ``position`` as events, as fast as the socket takes it."""
        self._outbox().resume_after(topic, position)
        refill(self)

    def caught_up(self) -> None:
        """Nothing is missed any more: lanes write to it directly again."""
        self.outbox = None
        self.transport.outlet.let_through()

    def _outbox(self) -> Outbox:
        if self.outbox is None:
            self.outbox = Outbox(self.hub.clock())
            self.transport.outlet.hold_back()
        return self.outbox
