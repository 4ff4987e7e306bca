"""What every socket has, whichever messages it speaks: who it belongs to, its way out, signs of life, its end.

``Connection`` (``/ws``, topics) and ``Peer`` (the endpoints that domains register) build on it. The hub and its sweep
know sockets only by what is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from accounts.identity import Credential, Identity
from realtime import encode
from realtime.protocol import CloseCode, DisconnectedData, ErrorCode, ProtocolError, close_reason
from realtime.ratelimit import APART_TIMES, MAX_REFUSALS, REFILL_PER_SECOND, TokenBucket
from realtime.registry import Request
from realtime.transport import Encoded, Transport

if TYPE_CHECKING:
    from realtime.hub import Hub


class BaseConnection(ABC):
    """One accepted socket. Belongs to the event loop; nothing here waits.

    Implements ``realtime.transport.Receiver``: our own server protocol calls it for each message, on other servers the
    consumer does.
    """

    __slots__ = (
        "_apart",
        "_bucket",
        "closing",
        "credential",
        "end_code",
        "hub",
        "id",
        "identity",
        "last_seen",
        "last_useful",
        "place",
        "transport",
    )

    def __init__(self, hub: Hub, identity: Identity, credential: Credential, place: Request) -> None:
        now = hub.clock()
        self.id = encode.new_id()
        self.hub = hub
        self.identity = identity
        self.credential = credential
        self.place = place
        self.transport: Transport
        self.last_seen = now
        self.last_useful = now
        self.closing = False
        self.end_code: int | None = None  # what we closed it with
        self._bucket = TokenBucket(now)
        self._apart: TokenBucket | None = None

    def attach(self, transport: Transport) -> None:
        """Take the way out, once the socket is accepted."""
        self.transport = transport

    # --- what each kind of socket does in its own way ---

    @abstractmethod
    def handle(self, data: str | bytes) -> None:
        """Handle one inbound message; whatever is wrong with it becomes one ``error``, never an exception."""

    @abstractmethod
    def writing_resumed(self) -> None:
        """The reader has caught up."""

    @abstractmethod
    def complain(self, code: ErrorCode, text: str) -> None:
        """Tell of trouble that no single message caused."""

    @abstractmethod
    def farewell(self, data: DisconnectedData) -> bytes:
        """Return the ``disconnected`` message."""

    @abstractmethod
    def forget(self, code: int) -> None:
        """Let go of everything: the hub has taken the socket out of its books."""

    @abstractmethod
    def idle(self) -> bool:
        """Whether the idle limit counts: there is nothing that the client waits for."""

    @abstractmethod
    def watch(self, now: float) -> None:
        """Once a second: see to a reader that is behind; ``now`` is the hub's clock in s."""

    def recognise(self, identity: Identity) -> None:
        """Take what the user may do now, which may have changed."""
        self.identity = identity

    def topics(self) -> Iterable[str]:
        """The names of what it is subscribed to, for ``/ws/stats``."""
        return ()

    # --- what the server tells (Receiver) ---

    def message_received(self, data: str | bytes) -> None:
        """Take one inbound message."""
        self.last_seen = self.hub.clock()
        if not self.closing:
            self.handle(data)

    def activity(self) -> None:
        """A ping or pong frame shows life; a flood of them is one of messages, and ends as such."""
        self.last_seen = self.hub.clock()
        if not self._bucket.take(self.last_seen) and self._bucket.refusals > MAX_REFUSALS:
            self.end(CloseCode.POLICY_VIOLATION, "rate limit", reconnect=False)

    def connection_closed(self, code: int) -> None:
        """The socket is gone. Where we ended it that is why, also for a peer that does not answer our close frame."""
        self.closing = True
        self.hub.remove(self, code if self.end_code is None else self.end_code)

    # --- what we tell the client ---

    def write(self, payload: bytes) -> None:
        """Send one message, JSON already. A reader that takes nothing while asking for more is dropped."""
        if self.closing:
            return
        if self.too_far_behind():
            self.drop()
            return
        self.transport.send(Encoded(payload))

    def too_far_behind(self) -> bool:
        """Whether what waits for this reader has passed the hard limit."""
        return self.transport.paused and self.transport.buffered() > self.hub.limits.slow_bytes

    def end(self, code: CloseCode, reason: str, *, reconnect: bool, retry_after_ms: int | None = None) -> None:
        """Say ``disconnected``, then close. A reader that is behind would never get there: it is dropped."""
        if self.closing:
            return
        if self.too_far_behind():
            self.drop()
            return
        data = DisconnectedData(code=code, reason=reason, reconnect=reconnect, retry_after_ms=retry_after_ms)
        self.closing = True
        self.end_code = int(code)
        self.transport.send(Encoded(self.farewell(data)))
        self.transport.close(code, close_reason(reason))

    def drop(self) -> None:
        """End the connection now, without waiting for a reader that has stalled."""
        self.closing = True
        self.end_code = 1006
        self.hub.dropped += 1
        self.transport.abort()

    # --- limits ---

    def spend(self, *, apart: bool = False, useful: bool = True) -> bool:
        """Pay for one inbound message; False when the socket was closed over it.

        Messages that come often by their nature (acks, cursors, edits) count ``apart``, so that they never use up what
        the others need. A ping is not ``useful``: alone it keeps no idle socket.

        Raises:
            ProtocolError: ``RATE_LIMITED``.
        """
        now = self.last_seen
        if apart:
            if self._apart is None:
                self._apart = TokenBucket(now, APART_TIMES)
            bucket = self._apart
        else:
            bucket = self._bucket
        if not bucket.take(now):
            if bucket.refusals > MAX_REFUSALS:
                self.end(CloseCode.POLICY_VIOLATION, "rate limit", reconnect=False)
                return False
            most = REFILL_PER_SECOND * (APART_TIMES if apart else 1)
            text = f"Too many messages; send fewer than {most:g} a second."
            raise ProtocolError(ErrorCode.RATE_LIMITED, text, {"retryAfterMs": 50})
        if useful:
            self.last_useful = now
        return True
