"""One accepted socket: what it subscribed to, what it missed, when it was last heard of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from accounts.identity import Credential, Identity
from realtime import actions, encode
from realtime.outbox import Outbox
from realtime.protocol import ClientMessage, CloseCode, DisconnectedData, ErrorCode, ErrorData, ProtocolError
from realtime.ratelimit import MAX_REFUSALS, TokenBucket
from realtime.refill import refill
from realtime.registry import Request
from realtime.topics import Event
from realtime.transport import DirectSocket, DirectTransport, Encoded, Transport

if TYPE_CHECKING:
    from realtime.hub import Hub
    from realtime.lane import Lane

logger = logging.getLogger(__name__)


class Connection:
    """A socket of ``/ws``. Belongs to the event loop; nothing here waits.

    Implements ``realtime.transport.Receiver``: our own server protocol calls it for each message, on other servers the
    consumer does.
    """

    __slots__ = (
        "_acks",
        "_bucket",
        "_held",
        "closing",
        "credential",
        "hub",
        "id",
        "identity",
        "joining",
        "lanes",
        "last_seen",
        "last_useful",
        "outbox",
        "place",
        "replaying",
        "socket",
        "transport",
        "version",
    )

    def __init__(self, hub: Hub, identity: Identity, credential: Credential, place: Request, version: str) -> None:
        now = hub.clock()
        self.id = encode.new_id()
        self.hub = hub
        self.identity = identity
        self.credential = credential
        self.place = place
        self.version = version
        self.transport: Transport
        self.socket: DirectSocket | None = None
        self.lanes: dict[str, Lane] = {}
        self.joining: dict[str, asyncio.Task[None]] | None = None
        self.replaying: asyncio.Task[None] | None = None
        self.outbox: Outbox | None = None
        self.last_seen = now
        self.last_useful = now
        self.closing = False
        self._bucket = TokenBucket(now)
        self._acks: TokenBucket | None = None
        self._held: list[bytes] | None = None

    def attach(self, transport: Transport) -> None:
        """Take the way out, once the socket is accepted."""
        self.transport = transport
        self.socket = transport.socket if isinstance(transport, DirectTransport) else None

    # --- what the server tells (Receiver) ---

    def message_received(self, data: str | bytes) -> None:
        """Handle one inbound message; whatever is wrong with it becomes one ``error`` event."""
        self.last_seen = self.hub.clock()
        if self.closing:
            return
        message: ClientMessage | None = None
        try:
            message = self._decode(data)
            self._spend(message.action)
            actions.run(self, message)
        except ProtocolError as problem:
            self.send(encode.error(problem, version=self.version, reply_to=message.id if message else None))
        except Exception:  # a bug of ours must not take the socket, nor the loop, with it
            logger.exception("A message of action %r failed.", message.action if message else None)
            bug = ProtocolError(ErrorCode.INTERNAL_ERROR, "Presence failed at this message; the log has the details.")
            self.send(encode.error(bug, version=self.version, reply_to=message.id if message else None))

    def activity(self) -> None:
        """A ping or pong frame shows life."""
        self.last_seen = self.hub.clock()

    def writing_resumed(self) -> None:
        """The reader has caught up: send what it missed."""
        if self.outbox is not None and not self.closing:
            refill(self)

    def connection_closed(self, code: int) -> None:
        """The socket is gone."""
        self.closing = True
        self.hub.remove(self, code)

    # --- what we tell the client ---

    def send(self, payload: bytes) -> None:
        """Send one message to this socket alone. A reader that takes nothing while asking for more is dropped."""
        if self._held is not None:
            self._held.append(payload)
            return
        if self.closing:
            return
        if self.transport.paused and self.transport.buffered() > self.hub.limits.slow_bytes:
            self.drop()
            return
        self.transport.send(Encoded(payload))

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Hold what is sent within the block, and send it together at its end: a write is a system call."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held and not self.closing:
                self.transport.send(Encoded(*held))

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

    def _outbox(self) -> Outbox:
        if self.outbox is None:
            self.outbox = Outbox(self.hub.clock())
        return self.outbox

    def end(self, code: CloseCode, reason: str, *, reconnect: bool, retry_after_ms: int | None = None) -> None:
        """Say ``disconnected``, then close. A reader that is behind would never get there: it is dropped."""
        if self.closing:
            return
        data = DisconnectedData(code=code, reason=reason, reconnect=reconnect, retry_after_ms=retry_after_ms)
        message = encode.reply("system", "disconnected", data, version=self.version)
        if self.transport.paused and self.transport.buffered() > self.hub.limits.slow_bytes:
            self.drop()
            return
        self.closing = True
        self.transport.send(Encoded(message))
        self.transport.close(code, reason)

    def drop(self) -> None:
        """End the connection now, without waiting for a reader that has stalled."""
        self.closing = True
        self.hub.dropped += 1
        self.transport.abort()

    def error(self, code: ErrorCode, message: str) -> None:
        """Tell of trouble that no single message caused."""
        self.send(encode.reply("error", "error", ErrorData(code=code, message=message), version=self.version))

    def _decode(self, data: str | bytes) -> ClientMessage:
        try:
            return actions.decode(data)
        except ProtocolError:
            self._spend("ping")  # nonsense costs as much, or a flood of it would never be refused
            raise

    def _spend(self, action: str) -> None:
        now = self.last_seen
        if action == "ack":
            if self._acks is None:
                self._acks = TokenBucket(now)
            if not self._acks.take(now):
                raise ProtocolError(ErrorCode.RATE_LIMITED, "Too many acks; send fewer than 20 a second.")
            return
        if not self._bucket.take(now):
            if self._bucket.refusals > MAX_REFUSALS:
                self.end(CloseCode.POLICY_VIOLATION, "rate limit", reconnect=False)
                return
            raise ProtocolError(
                ErrorCode.RATE_LIMITED, "Too many messages; send fewer than 20 a second.", {"retryAfterMs": 50}
            )
        if action != "ping":
            self.last_useful = now
