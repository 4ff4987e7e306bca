"""An open WebSocket on an asyncio transport: frames in and out, the closing handshake, keepalive.

``frames.py`` is pure; ``OpenSocket`` is the thin shell around it. How a socket comes to be open (the handshake, the
ASGI application) is ``protocol.py``'s business. Section numbers are those of RFC 6455.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ProtocolError
from websockets.frames import Close

from realtime.direct import NOWHERE, descriptor_of
from realtime.server.frames import (
    CLOSE,
    PING,
    PING_FRAME,
    PONG,
    TEXT,
    WHOLE_TEXT,
    Fragments,
    FrameError,
    close_frame,
    next_frame,
    small_frame,
    unmask,
)
from realtime.server.serving import Serving
from realtime.transport import DirectSocket, Receiver

logger = logging.getLogger("uvicorn.error")

OPENING, OPEN, CLOSING, CLOSED = range(4)
"""Before the handshake's answer; open; our close frame is out, the peer's is not in; nothing is read or written."""


class OpenSocket(DirectSocket, asyncio.Protocol):
    """Implements ``realtime.transport.DirectSocket``, and the ASGI messages of an application that does without it.

    Slots, and structures that exist only while they are needed: 10,000 idle sockets are 10,000 times what is here.
    """

    __slots__ = (
        "_buffer",
        "_code",
        "_descriptor",
        "_fragments",
        "_heard",
        "_queue",
        "_readable",
        "_reading_paused",
        "_receiver",
        "_serving",
        "_state",
        "_told",
        "_transport",
        "_writable",
    )

    def __init__(self, serving: Serving) -> None:
        super().__init__()
        self._serving = serving
        self._transport: asyncio.Transport
        self._descriptor = NOWHERE
        self._state = OPENING
        self._buffer: bytearray | None = None  # the beginning of a frame, or of the request
        self._fragments: Fragments | None = None
        self._receiver: Receiver | None = None
        self._queue: deque[str | bytes] | None = None  # messages that the application has not received yet
        self._code: int | None = None  # why the socket is gone, once it is
        self._told = False  # the application has had its websocket.disconnect
        self._heard = True  # something came since the last ping
        self._reading_paused = False
        self._readable: asyncio.Event | None = None
        self._writable: asyncio.Event | None = None

    # --- the transport's calls ---

    def data_received(self, data: bytes) -> None:
        """Take what the peer sent. A small whole text frame, by far the commonest, takes the short way."""
        self._heard = True
        if self._state == OPEN and self._buffer is None and self._fragments is None and len(data) > 5:
            size = data[1]
            if data[0] == WHOLE_TEXT and 0x80 <= size < 0xFE and len(data) == size - 0x7A <= self._serving.max_size:
                self._whole_text(data)
                return
        if self._state in (OPEN, CLOSING):
            self._parse(data)
        elif self._state == OPENING:
            self._opening_data(data)

    def pause_writing(self) -> None:
        """The reader is behind."""
        self.paused = True
        self.hold_back()

    def resume_writing(self) -> None:
        """The reader has caught up."""
        self._wake_writers()
        if self._receiver is not None:
            self._call(self._receiver.writing_resumed)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind: no register, no reference, no one waiting."""
        self._leave_open(CLOSED)
        self._serving.forget(self)
        self._buffer = self._fragments = None
        self._reading_paused = False  # there is nothing left to resume
        self._wake_writers()
        self._gone(1006)

    # --- realtime.transport.DirectSocket ---

    def let_through(self) -> None:
        """Let lanes write straight to the descriptor, on an open socket whose reader keeps up."""
        if self._state == OPEN and not self.paused:
            self.direct = self._descriptor

    def write(self, frames: bytes) -> None:
        """Write whole, already built frames; nothing on a socket that is closing or gone."""
        if self._state == OPEN:
            self._transport.write(frames)

    def buffered(self) -> int:
        """Bytes waiting in the transport's buffer."""
        return 0 if self._state == CLOSED else self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Start the closing handshake; the peer has ``CLOSE_TIMEOUT`` to answer. ``ProtocolError`` on a bad code."""
        frame = close_frame(code, reason)
        if self._state != OPEN:
            return
        self._transport.write(frame)
        self._leave_open(CLOSING)
        self._serving.stop_pings(self)
        self._serving.closing.set(self)
        self._resume_reading()  # the answer may be behind messages that nobody will receive

    def abort(self) -> None:
        """Drop the connection at once: a polite close waits for a stalled reader for ever."""
        self._leave_open(CLOSED)
        self._transport.abort()

    def hand_over(self, receiver: Receiver) -> bool:
        """Call ``receiver`` from now on; the application may return. What came meanwhile it gets in the next turn."""
        if self._state == OPENING:
            raise RuntimeError("A socket is handed over after it was accepted.")
        self._receiver = receiver
        if self._state == OPEN and not self.paused and self.direct == NOWHERE:
            self._call(receiver.writing_resumed)  # that it was paused, and is no more, nobody has heard
        if self._queue or self._code is not None:
            self._serving.loop.call_soon(self._deliver_backlog)
        else:
            self._queue = None
        return True

    # --- keepalive ---

    def ping(self) -> None:
        """Ask for a sign of life, and again after another interval."""
        serving = self._serving
        if self._state != OPEN or serving.pings is None:
            return
        self._transport.write(PING_FRAME)
        serving.pings.set(self)
        if serving.pongs is not None and self not in serving.pongs:
            self._heard = False
            serving.pongs.set(self)

    def pong_missed(self) -> None:
        """End a connection from which nothing came since the ping.

        Any byte is life: a pong cannot come in the middle of a large frame on a slow line. While the application leaves
        messages unread we do not read either, and the silence is ours.
        """
        if not self._heard and not self._reading_paused:
            self._fail(1011, "keepalive ping timeout")

    # --- what an application receives ---

    async def receive(self) -> dict[str, Any]:
        """ASGI ``receive`` after ``websocket.connect``."""
        while not self._queue:
            if self._code is not None:
                return self._disconnect(self._code)
            if self._readable is None:
                self._readable = asyncio.Event()
            self._readable.clear()
            await self._readable.wait()
        message = self._queue.popleft()
        if not self._queue:
            self._resume_reading()
        return {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}

    def _disconnect(self, code: int) -> dict[str, Any]:
        if self._told:
            raise RuntimeError("The application has received websocket.disconnect already.")
        self._told = True
        return {"type": "websocket.disconnect", "code": code, "reason": ""}

    async def _until_writable(self) -> None:
        while self.paused:
            if self._writable is None:
                self._writable = asyncio.Event()
            self._writable.clear()
            await self._writable.wait()

    # --- inbound frames ---

    def _opening_data(self, data: bytes) -> None:
        """Take what came before the socket is open."""
        raise NotImplementedError

    def _opened(self, early: bytes) -> None:
        """The handshake is answered; ``early`` is what the peer sent behind it."""
        self._state = OPEN
        self._descriptor = descriptor_of(self._transport)
        self.let_through()
        if self._serving.pings is not None:
            self._serving.pings.set(self)
        self._resume_reading()
        if early:
            self._parse(early)

    def _whole_text(self, data: bytes) -> None:
        try:
            text = unmask(data[6:], data[2:6]).decode()
        except UnicodeDecodeError:
            self._fail(1007, "invalid UTF-8")
        else:
            self._deliver(text)

    def _parse(self, data: bytes) -> None:
        buffer: bytes | bytearray = data
        if self._buffer is not None:
            self._buffer += data
            buffer = self._buffer
        start = 0
        try:
            while self._state in (OPEN, CLOSING):
                fragments = self._fragments
                room = self._serving.max_size - (0 if fragments is None else len(fragments))
                frame = next_frame(buffer, start, room, fragments is not None)
                if frame is None:
                    break
                first, payload, start = frame
                self._frame_received(first, payload)
        except FrameError as error:
            self._fail(error.code, str(error))
        except UnicodeDecodeError:
            self._fail(1007, "invalid UTF-8")
        self._keep(buffer, start)

    def _keep(self, buffer: bytes | bytearray, start: int) -> None:
        """Keep the beginning of a frame for the next time; no buffer at all when there is none."""
        if self._state == CLOSED or start == len(buffer):
            self._buffer = None
        elif isinstance(buffer, bytearray):
            del buffer[:start]
            self._buffer = buffer
        else:
            self._buffer = bytearray(buffer[start:])

    def _frame_received(self, first: int, payload: bytes) -> None:
        opcode = first & 0x0F
        if opcode == CLOSE:
            self._close_received(payload)
        elif opcode & 0x08:
            if opcode == PING and self._state == OPEN and not self.paused:  # only the newest needs an answer (5.5.3)
                self._transport.write(small_frame(PONG, payload))
            if self._receiver is not None:
                self._call(self._receiver.activity)
        elif first & 0x80 and self._fragments is None:
            self._deliver(payload.decode() if opcode == TEXT else payload)
        else:
            self._fragment_received(first, payload)

    def _fragment_received(self, first: int, payload: bytes) -> None:
        final = first >= 0x80
        if self._fragments is None:
            self._fragments = Fragments(text=first == TEXT)
        self._fragments.add(payload, final)
        if final:
            message = self._fragments.message()
            self._fragments = None
            self._deliver(message)

    def _deliver(self, message: str | bytes) -> None:
        if self._state != OPEN:
            return  # behind our close frame nobody listens
        if self._receiver is not None and not self._queue:
            self._call(self._receiver.message_received, message)
            return
        if self._queue is None:
            self._queue = deque()
        self._queue.append(message)
        self._wake_reader()
        self._pause_reading()

    def _deliver_backlog(self) -> None:
        """Give the receiver what was queued before it took over; reading is paused until then, so the order holds."""
        queue, self._queue = self._queue, None
        while queue and self._receiver is not None:
            self._call(self._receiver.message_received, queue.popleft())
        self._resume_reading()
        if self._code is not None:
            self._tell_receiver(self._code)

    def _call(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception:
            logger.exception("Exception in the receiver of a WebSocket\n")
            if self._state == OPEN:
                self._fail(1011, "")

    # --- the end ---

    def _leave_open(self, state: int) -> None:
        """Be CLOSING or CLOSED; no frame leaves from now on."""
        self._state = state
        self.hold_back()

    def _close_received(self, payload: bytes) -> None:
        try:
            code = Close.parse(payload).code
        except ProtocolError as error:
            raise FrameError(1002, str(error)) from None
        if self._state == OPEN:
            self._transport.write(small_frame(CLOSE, payload))
            self._hang_up()
        else:  # the answer to ours: nothing can come behind it
            self._hang_up(at_once=True)
        self._gone(code)

    def _fail(self, code: int, reason: str) -> None:
        """Fail the connection (7.1.7): a close frame if none went out yet, then the end."""
        logger.debug("WebSocket failed with %d: %s", code, reason)
        if self._state == OPEN:
            self._transport.write(close_frame(code, reason))
        self._hang_up()
        self._gone(code)

    def _hang_up(self, *, at_once: bool = False) -> None:
        """Close our end, and the whole once the peer has closed its own, or ``at_once``.

        ``close()`` with bytes unread makes the kernel answer with a reset, which overtakes our last frame: the peer
        would never learn why. TLS knows no half-closed connection, there the risk stays.
        """
        self._leave_open(CLOSED)
        self._buffer = self._fragments = None
        self._serving.stop_pings(self)
        self._serving.closing.set(self)
        self._resume_reading()
        self._wake_writers()
        if at_once or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._write_eof()

    def _write_eof(self) -> None:
        try:
            self._transport.write_eof()
        except OSError:  # asyncio's transport, when the peer has reset the connection and we have not read that yet
            self._transport.abort()

    def _gone(self, code: int) -> None:
        """No message comes any more; the first code that is told stays."""
        if self._code is not None:
            return
        self._code = code
        self._wake_reader()
        if not self._queue:
            self._tell_receiver(code)

    def _tell_receiver(self, code: int) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            self._call(receiver.connection_closed, code)

    # --- flow ---

    def _pause_reading(self) -> None:
        if not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()

    def _wake_reader(self) -> None:
        if self._readable is not None:
            self._readable.set()

    def _wake_writers(self) -> None:
        self.paused = False
        if self._writable is not None:
            self._writable.set()
