"""One socket of an endpoint that a domain registered: decode, check, call the domain's handler, in order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct

from accounts.identity import Credential, Identity
from realtime import encode
from realtime.actions import invalid
from realtime.admission import Refusal
from realtime.base import BaseConnection
from realtime.endpoint import Endpoint, Inbound, MessageType, PeerDisconnected, PeerError, PeerPong
from realtime.protocol import CloseCode, DisconnectedData, ErrorCode, ProtocolError
from realtime.registry import Request
from realtime.transport import Encoded

if TYPE_CHECKING:
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

MAX_WAITING_BYTES = 8_388_608
"""What may wait behind a handler that takes its time; beyond, the client is sent away with 1008."""
WEIGHT_OF_ONE = 500
"""Bytes that a message takes while it waits, however short it is."""
_envelope = msgspec.json.Decoder(Inbound)
_encoder = msgspec.json.Encoder()


def message(kind: str, payload: Struct | dict[str, Any], reply_to: str | None = None) -> bytes:
    """Return ``{type, payload}`` as JSON; with the ``id`` of the message that it answers, where there is one."""
    tail = b"}" if reply_to is None else b',"id":%b}' % _encoder.encode(reply_to)
    return b'{"type":"%b","payload":%b%b' % (kind.encode(), _encoder.encode(payload), tail)


def refusal_messages(refusal: Refusal) -> list[bytes]:
    """Return ``error``, where there is one, and ``disconnected`` for a socket that can't stay."""
    data = PeerDisconnected(refusal.code, refusal.reason, refusal.reconnect, refusal.retry_after_ms)
    errors = []
    if (error := refusal.error) is not None:
        errors.append(message("error", PeerError(str(error.code), error.message, error.details)))
    return [*errors, message("disconnected", data)]


class Peer(BaseConnection):
    """A socket of an endpoint, as its domain sees it. ``state`` is the domain's own; ``argument`` is from the path.

    Everything here belongs to the event loop's thread.
    """

    __slots__ = (
        "_busy",
        "_drained",
        "_gone",
        "_stalled",
        "_tasks",
        "_told",
        "_waiting",
        "_weight",
        "argument",
        "endpoint",
        "state",
    )

    def __init__(
        self, hub: Hub, identity: Identity, credential: Credential, place: Request, endpoint: Endpoint, argument: str
    ) -> None:
        super().__init__(hub, identity, credential, place)
        self.endpoint = endpoint
        self.argument = argument
        self.state: Any = None
        self._told = False
        self._busy = False
        self._gone: int | None = None  # the code, while a handler still runs
        self._waiting: deque[tuple[MessageType, Inbound, int]] = deque()
        self._weight = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._drained: asyncio.Event | None = None
        self._stalled: tuple[float, int] | None = None

    # --- what a domain uses ---

    def send(self, kind: str, payload: Struct | dict[str, Any], *, id: str | None = None) -> None:
        """Send ``{type, payload}``; with the ``id`` of the message that it answers, where there is one.

        Never waits. A reader that is too far behind (``WS_SLOW_BYTES``) is dropped.
        """
        self.write(message(kind, payload, id))

    def send_bytes(self, payload: bytes) -> None:
        """Send one message that is JSON already."""
        self.write(payload)

    def send_many(self, payloads: Iterable[bytes]) -> None:
        """Send several messages that are JSON already, in one write."""
        held = list(payloads)
        if not held or self.closing:
            return
        if self.too_far_behind():
            self.drop()
        else:
            self.transport.send(Encoded(*held))

    def error(self, code: str, text: str, details: dict[str, Any] | None = None, *, id: str | None = None) -> None:
        """Send ``error``."""
        self.send("error", PeerError(code, text, UNSET if details is None else details), id=id)

    @property
    def paused(self) -> bool:
        """Whether the reader is behind: what is sent now would only pile up. Await ``drained`` first."""
        return self.transport.paused

    def buffered(self) -> int:
        """Return the bytes that wait for the reader."""
        return self.transport.buffered()

    async def drained(self) -> bool:
        """Wait until the reader has caught up; False when the socket has gone instead."""
        while self.transport.paused and not self.closing:
            if self._drained is None:
                self._drained = asyncio.Event()
            self._drained.clear()
            await self._drained.wait()
        return not self.closing

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work beside the messages; it is cancelled when the socket goes, and a failure of it is logged."""
        task = self.hub.spawn(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Awaitable[None], kind: MessageType | None = None, id: str | None = None) -> None:
        try:
            await work
        except ProtocolError as problem:
            self._refuse(kind, problem, id)
        except Exception:  # a bug of ours must not end the socket in silence
            self._bug(id)

    # --- what the server tells ---

    def handle(self, data: str | bytes) -> None:
        """Take one message: a ping is answered at once, the others are run one after the other."""
        inbound: Inbound | None = None
        kind: MessageType | None = None
        try:
            inbound = self._decode(data)
            if inbound.type == "ping":
                if self.spend(useful=False):
                    self.send("pong", PeerPong(encode.now_ms(), inbound.timestamp), id=inbound.id)
                return
            kind = self._kind(inbound.type)
            if kind.cost != "own" and not self.spend(apart=kind.cost == "apart"):
                return
        except ProtocolError as problem:
            self._refuse(kind, problem, inbound.id if inbound else None)
            return
        size = len(data) + WEIGHT_OF_ONE
        self._weight += size
        if self._weight > MAX_WAITING_BYTES:
            self.end(CloseCode.POLICY_VIOLATION, "too much at once", reconnect=False)
        elif self._busy:
            self._waiting.append((kind, inbound, size))
        else:
            self._run(kind, inbound, size)

    def _kind(self, name: str) -> MessageType:
        kind = self.endpoint.by_name.get(name)
        if kind is None:
            self.spend(useful=False)
            known = ", ".join(["ping", *self.endpoint.by_name])
            text = f"Unknown type {name[:100]!r}; known are {known}."
            raise ProtocolError(ErrorCode.UNKNOWN_ACTION, text, {"field": "type"})
        return kind

    def _run(self, kind: MessageType, inbound: Inbound, size: int) -> None:
        """Call the handler. While one takes its time, ``_busy`` lets the next messages wait."""
        work: Awaitable[None] | None = None
        try:
            work = kind.handler(self, self._payload(inbound), inbound.id)
        except ProtocolError as problem:
            self._refuse(kind, problem, inbound.id)
        except Exception:  # as above
            self._bug(inbound.id)
        if work is None:
            self._weight -= size
        else:
            self._busy = True
            self.hub.spawn(self._go_on(self._guarded(work, kind, inbound.id), size))

    async def _go_on(self, work: Awaitable[None], size: int) -> None:
        await work
        self._busy = False
        self._weight -= size
        while self._waiting and not self._busy:
            self._run(*self._waiting.popleft())
        if not self._busy and self._gone is not None:
            self._tell_closed(self._gone)

    def _payload(self, inbound: Inbound) -> Any:
        decoder = self.endpoint.decoders.get(inbound.type)
        if decoder is None:
            return None
        try:
            return decoder.decode(b"{}" if inbound.payload is UNSET else inbound.payload)
        except msgspec.ValidationError as error:
            raise invalid(error, "payload") from None
        except RecursionError:
            raise ProtocolError(ErrorCode.PARSE_ERROR, "This JSON is nested too deeply.") from None

    def _decode(self, data: str | bytes) -> Inbound:
        try:
            return _envelope.decode(data)
        except msgspec.ValidationError as error:
            problem = invalid(error)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = ProtocolError(ErrorCode.PARSE_ERROR, f"This is not JSON: {error}")
        except RecursionError:
            problem = ProtocolError(ErrorCode.PARSE_ERROR, "This JSON is nested too deeply.")
        self.spend(useful=False)
        raise problem

    def _refuse(self, kind: MessageType | None, problem: ProtocolError, id: str | None) -> None:
        if kind is None or kind.refused is None:
            self.error(problem.code, problem.message, problem.details, id=id)
            return
        try:
            kind.refused(self, problem, id)
        except Exception:  # as above
            self._bug(id)

    def _bug(self, id: str | None) -> None:
        logger.exception("A message to %s failed.", self.endpoint.name)
        self.error(ErrorCode.INTERNAL_ERROR, "Presence failed at this message; the log has the details.", id=id)

    def writing_resumed(self) -> None:
        """Wake whoever awaits ``drained``."""
        if self._drained is not None:
            self._drained.set()

    # --- the beginning and the end ---

    async def open(self) -> None:
        """Let the domain begin."""
        if self.endpoint.opened is None:
            return
        self._told = True
        try:
            await self.endpoint.opened(self)
        except Refusal as refusal:
            for one in refusal_messages(refusal)[:-1]:
                self.write(one)
            self.end(refusal.code, refusal.reason, reconnect=refusal.reconnect, retry_after_ms=refusal.retry_after_ms)
        except Exception:
            logger.exception("A socket of %s could not be opened.", self.endpoint.name)
            self.end(CloseCode.INTERNAL_ERROR, "internal error", reconnect=True, retry_after_ms=3_000)

    def end(self, code: CloseCode, reason: str, *, reconnect: bool, retry_after_ms: int | None = None) -> None:
        """Say ``disconnected``, then close; what the client has asked for and was not begun is not done any more."""
        self._waiting.clear()
        super().end(code, reason, reconnect=reconnect, retry_after_ms=retry_after_ms)

    def drop(self) -> None:
        """End the connection now, without waiting for a reader that has stalled."""
        self._waiting.clear()
        super().drop()

    def forget(self, code: int) -> None:
        """Stop what runs beside; what the client has sent before it left is still done, then the domain is told."""
        for task in list(self._tasks):
            task.cancel()
        self.writing_resumed()
        if self._busy:
            self._gone = code
        else:
            self._tell_closed(code)

    def _tell_closed(self, code: int) -> None:
        if not self._told or self.endpoint.closed is None:
            return
        self._told = False
        try:
            work = self.endpoint.closed(self, code)
        except Exception:
            logger.exception("The end of a socket of %s failed.", self.endpoint.name)
        else:
            if work is not None:
                self.hub.spawn(self._guarded(work))

    def farewell(self, data: DisconnectedData) -> bytes:
        """Return ``disconnected``."""
        return message("disconnected", PeerDisconnected(data.code, data.reason, data.reconnect, data.retry_after_ms))

    def complain(self, code: ErrorCode, text: str) -> None:
        """Tell of trouble that no single message caused."""
        self.error(code, text)

    def idle(self) -> bool:
        """An endpoint is what its client waits for: the idle limit is for sockets that could subscribe and do not."""
        return False

    def recognise(self, identity: Identity) -> None:
        """Take what the user may do now; somebody who may not be here any more is sent away."""
        super().recognise(identity)
        if not self.endpoint.may_open(identity):
            self.end(CloseCode.NOT_ALLOWED, "not allowed", reconnect=False)

    def watch(self, now: float) -> None:
        """Drop a reader that has taken nothing for ``WS_SLOW_SECONDS``."""
        if not self.transport.paused:
            self._stalled = None
            return
        waiting = self.transport.buffered()
        if self._stalled is None or waiting < self._stalled[1]:
            self._stalled = (now, waiting)
        elif now - self._stalled[0] > self.hub.limits.slow_seconds:
            self.drop()
