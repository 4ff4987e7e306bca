"""The way out of the process for one socket, as the hub sees it.

Two ways exist. On our own uvicorn protocol (``realtime.server``) the scope offers a ``DirectSocket`` under
``scope["extensions"][EXTENSION]``: the hub writes frames that are built once straight to the socket. On every
other server (Daphne, Hypercorn, Granian, a test communicator) ``AsgiTransport`` sends the same text.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.direct import NOWHERE

EXTENSION = "presence.direct"
FIRST_FRAMES = "presence.frames"
"""A key of our own in ``websocket.accept``: whole frames that follow the handshake's answer in the same write. Only our
server protocols know it."""

logger = logging.getLogger(__name__)
Send = Callable[[dict[str, Any]], Awaitable[None]]


def frame_text(payload: bytes) -> bytes:
    """Build the unmasked, unfragmented WebSocket text frame (RFC 6455, 5.2) around ``payload``."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Encoded:
    """Messages serialised once: ``payloads`` is the JSON of each in UTF-8, ``frame`` all of them as text frames."""

    __slots__ = ("_frame", "_texts", "payloads")

    def __init__(self, *payloads: bytes) -> None:
        self.payloads = payloads
        self._frame: bytes | None = None
        self._texts: list[str] | None = None

    @property
    def frame(self) -> bytes:
        """The whole WebSocket frames, one after the other, built on first use."""
        if self._frame is None:
            self._frame = b"".join([frame_text(payload) for payload in self.payloads])
        return self._frame

    @property
    def texts(self) -> list[str]:
        """The JSON as text, for servers that build frames themselves."""
        if self._texts is None:
            self._texts = [payload.decode() for payload in self.payloads]
        return self._texts


class Receiver(Protocol):
    """What a server protocol calls once a consumer has handed itself over. No call may raise."""

    def message_received(self, data: str | bytes) -> None:
        """One whole message: text as ``str`` (valid UTF-8), binary as ``bytes``."""

    def activity(self) -> None:
        """Something came that is no message: a ping or pong frame."""

    def writing_resumed(self) -> None:
        """The transport's buffer has drained; lanes go the long way until the receiver says ``let_through``."""

    def connection_closed(self, code: int) -> None:
        """The socket is gone; called exactly once.

        ``code`` is the peer's close code, ours where the peer broke the protocol, 1005 or 1006 without one.
        """


class Outlet:
    """What a lane keeps of a member: the one object that it touches for each event, ten thousand times in a row.

    The slot comes first, in the cache line of the object's head: what lies elsewhere in memory costs more than the
    whole loop around it (``docs/fan-out.md``).
    """

    __slots__ = ("direct",)

    def __init__(self) -> None:
        self.direct = NOWHERE
        """The descriptor for whole frames (``realtime/direct.py``): the socket is open, its reader keeps up, nothing
        waits for it in an outbox. ``NOWHERE`` sends a lane the long way, which asks."""

    def hold_back(self) -> None:
        """Send lanes the long way until ``let_through``: something older has to leave first."""
        self.direct = NOWHERE

    def let_through(self) -> None:
        """Nothing older waits: lanes may write directly where there is such a way, and its reader keeps up."""

    def write(self, frames: bytes) -> None:
        """Write whole frames, or what the descriptor did not take of them."""
        raise NotImplementedError


class DirectSocket(Outlet, ABC):
    """Offered by our server protocols in ``scope["extensions"][EXTENSION]``; valid once the socket is accepted.

    Everything here belongs to the event loop's thread.
    """

    __slots__ = ("paused",)

    def __init__(self) -> None:
        super().__init__()
        self.paused = False
        """True between the transport's ``pause_writing`` and ``resume_writing``: the reader is slow, write no more."""

    @abstractmethod
    def write(self, frames: bytes) -> None:
        """Write whole, already built frames. Does nothing on a socket that is closing or gone."""

    @abstractmethod
    def buffered(self) -> int:
        """Bytes waiting in the transport's buffer."""

    @abstractmethod
    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake with a close frame; the peer's answer or a timer ends the connection."""

    @abstractmethod
    def abort(self) -> None:
        """Drop the connection at once, whatever is still buffered."""

    @abstractmethod
    def hand_over(self, receiver: Receiver) -> bool:
        """From now on call ``receiver`` instead of queueing ASGI messages.

        Returns True when the ASGI application may return without ending the connection (no parked task a socket);
        False when it has to keep awaiting ``receive`` as on any other server, with ``receiver`` told only of
        ``writing_resumed`` and ``activity``.
        """


class Transport(Protocol):
    """What the hub and the connection need of a socket, whichever server it lives on."""

    @property
    def outlet(self) -> Outlet:
        """What lanes write to."""

    @property
    def paused(self) -> bool:
        """True while the reader is behind: what is written now would only pile up."""

    def send(self, message: Encoded) -> None:
        """Hand messages to the socket without waiting, in one write."""

    def buffered(self) -> int:
        """Bytes accepted and not yet handed to the kernel (as far as the server tells)."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a closing handshake."""

    def abort(self) -> None:
        """End the connection now."""


class DirectTransport:
    """Frames built once, written straight to the transport of our own uvicorn protocol."""

    __slots__ = ("socket",)

    def __init__(self, socket: DirectSocket) -> None:
        self.socket = socket

    @property
    def outlet(self) -> Outlet:
        return self.socket

    @property
    def paused(self) -> bool:
        return self.socket.paused

    def send(self, message: Encoded) -> None:
        self.socket.write(message.frame)

    def buffered(self) -> int:
        return self.socket.buffered()

    def close(self, code: int, reason: str) -> None:
        self.socket.close(code, reason)

    def abort(self) -> None:
        self.socket.abort()


CODES_FOR_OTHER_SERVERS = {1001: 3001, 1008: 4008, 1011: 3011, 1012: 3012, 1013: 3013}
"""Daphne (autobahn) may close only with 1000 or 3000-4999; each code has a stand-in with the same finality."""


class AsgiTransport(Outlet):
    """The same over ASGI ``send``: a queue, and a writer task that lives only while something is queued."""

    __slots__ = ("_closed", "_drained", "_only_application_codes", "_queue", "_queued", "_send", "_writer")

    def __init__(self, send: Send, *, only_application_codes: bool, drained: Callable[[], None]) -> None:
        super().__init__()
        self._send = send
        self._only_application_codes = only_application_codes
        self._drained = drained
        self._queue: deque[dict[str, Any]] = deque()
        self._queued = 0
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def outlet(self) -> Outlet:
        return self

    @property
    def paused(self) -> bool:
        return self._queued > 0

    def send(self, message: Encoded) -> None:
        for text in message.texts:
            self._put({"type": "websocket.send", "text": text})

    def buffered(self) -> int:
        return self._queued

    def close(self, code: int, reason: str) -> None:
        if self._only_application_codes:
            code = CODES_FOR_OTHER_SERVERS.get(code, code)
        # A plain int: Daphne's autobahn refuses an IntEnum, and the socket would stay open.
        self._put({"type": "websocket.close", "code": int(code), "reason": reason})
        self._closed = True

    def abort(self) -> None:
        self._forget()
        if self._writer is not None:
            self._writer.cancel()
            self._writer = None
        self._closed = False
        self.close(1011, "")

    async def flushed(self) -> None:
        """Wait until everything queued has been handed to the server."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    def _forget(self) -> None:
        self._queue.clear()
        self._queued = 0

    def _put(self, event: dict[str, Any]) -> None:
        if self._closed:
            return
        self._queue.append(event)
        self._queued += len(event.get("text", ""))
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._queue:
                event = self._queue[0]
                await self._send(event)
                self._queue.popleft()
                self._queued -= len(event.get("text", ""))
        except OSError:  # the peer is gone; the server's disconnect event tells the rest
            self._closed = True
            self._forget()
        except Exception as error:  # each server has its own way to say that a message comes too late
            logger.warning("The server refused a message: %r", error)
            self._closed = True
            self._forget()
        self._writer = None
        self._drained()
