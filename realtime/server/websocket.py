"""An open WebSocket on an asyncio transport: frames in and out, the closing handshake, keepalive.

``next_frame`` is pure; ``OpenSocket`` is the thin shell around it. How a socket comes to be open (the handshake, the
ASGI application) is ``protocol.py``'s business. Section numbers are those of RFC 6455.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.exceptions import ProtocolError
from websockets.frames import Close

from realtime.transport import Receiver

try:
    from websockets.speedups import apply_mask
except ImportError:  # no C extension for this platform: the same in Python
    from websockets.utils import apply_mask

logger = logging.getLogger("uvicorn.error")

CLOSE_TIMEOUT = 10.0
"""Seconds that a peer may take to answer our close frame, or to close its end after ours; uvicorn's own figure."""

OPENING, OPEN, CLOSING, CLOSED = range(4)
"""Before the handshake's answer; open; our close frame is out, the peer's is not in; nothing is read or written."""

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
WHOLE_TEXT: Final = 0x81
FIRST_BYTES = frozenset((0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A))
"""FIN and opcode of every frame that may be: known opcodes, no reserved bit, control frames whole."""
PING_FRAME = b"\x89\x00"


class FrameError(Exception):
    """The peer broke the protocol; ``code`` is what to close with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def next_frame(buffer: bytes | bytearray, start: int, limit: int, fragmented: bool) -> tuple[int, bytes, int] | None:
    """Read the masked frame at ``start``: its first byte, its payload in clear, and where the next one starts.

    ``limit`` is the longest data payload in bytes that may come now, ``fragmented`` whether a message is unfinished.
    None while the frame is not all there. The header is judged as soon as it is there, so that nobody makes us buffer
    a frame that we will refuse. Raises ``FrameError``.
    """
    available = len(buffer) - start
    if available < 2:
        return None
    first, second = buffer[start], buffer[start + 1]
    _check_header(first, second, fragmented)
    length, body = second & 0x7F, start + 6
    if length > 125:
        width = 2 if length == 126 else 8
        if available < 2 + width:
            return None
        length, body = int.from_bytes(buffer[start + 2 : start + 2 + width], "big"), body + width
        if length >> 63:
            raise FrameError(1002, "the highest bit of a length must be 0")
    if length > limit and first & 0x08 == 0:
        raise FrameError(1009, "message too big")
    end = body + length
    if len(buffer) < end:
        return None
    return first, apply_mask(buffer[body:end], buffer[body - 4 : body]), end


def _check_header(first: int, second: int, fragmented: bool) -> None:
    if first not in FIRST_BYTES:
        raise FrameError(1002, "reserved bits, unknown opcode or fragmented control frame")
    if second < 0x80:
        raise FrameError(1002, "a client must mask its frames")
    if first & 0x08:
        if second > 0x80 + 125:
            raise FrameError(1002, "control frame longer than 125 bytes")
    elif fragmented != (first & 0x0F == 0):
        raise FrameError(1002, "continuation frame expected" if fragmented else "unexpected continuation frame")


def small_frame(opcode: int, payload: bytes) -> bytes:
    """Build a control frame: ``payload`` is at most 125 bytes (5.5)."""
    return bytes((0x80 | opcode, len(payload))) + payload


def data_frame(opcode: int, payload: bytes) -> bytes:
    """Build the unmasked, unfragmented frame around ``payload``."""
    size = len(payload)
    if size < 126:
        return small_frame(opcode, payload)
    if size < 65536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str) -> bytes:
    """Build a close frame; a reason beyond 123 bytes is cut at a character. ``ProtocolError`` on a bad code."""
    reason = reason.encode()[:123].decode(errors="ignore")
    return small_frame(CLOSE, Close(code, reason).serialize())


class _Fragments:
    """A message of which the last fragment is still to come.

    One growing ``bytearray``: a list of fragments would let a peer fill our memory with empty ones, which no limit on
    the message's size sees. Text is validated as it comes, so that a bad byte is refused before the rest is sent.
    """

    __slots__ = ("_data", "_validate")

    def __init__(self, text: bool) -> None:
        self._data = bytearray()
        self._validate = codecs.getincrementaldecoder("utf-8")().decode if text else None

    def __len__(self) -> int:
        return len(self._data)

    def add(self, payload: bytes, final: bool) -> None:
        """Append a fragment; ``UnicodeDecodeError`` as soon as the text cannot be valid any more."""
        if self._validate is not None:
            self._validate(payload, final)
        self._data += payload

    def message(self) -> str | bytes:
        """Return the whole."""
        return bytes(self._data) if self._validate is None else self._data.decode()


class Deadlines:
    """Timers of one fixed delay for any number of sockets, on a single timer of the loop.

    With one delay for all, deadlines expire in the order they were set: an insertion-ordered dict is the whole queue.
    Measured with 10,000 sockets: 54 bytes and 0.25 us (set and forget) a socket, against 580 bytes and 2.4 us for a
    ``call_later`` each on uvloop (257 bytes and 2.4 us on asyncio's loop).

    At most ``BATCH`` expire at a time and then ``GRAIN`` seconds pass, so that 10,000 sockets that came in one second
    never hold up the loop with 10,000 pings: with a broadcast, yielding every 100 writes instead of every 500 brought
    the p99 of a ping from 3.1 ms to 0.8 ms.
    """

    BATCH = 100
    GRAIN = 0.01

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float, expired: Callable[[OpenSocket], None]) -> None:
        self._loop = loop
        self._delay = delay
        self._expired = expired
        self._due: dict[OpenSocket, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, socket: OpenSocket) -> bool:
        return socket in self._due

    def set(self, socket: OpenSocket) -> None:
        """Start the socket's delay, or start it again."""
        self._due.pop(socket, None)
        self._due[socket] = due = self._loop.time() + self._delay
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._run)

    def forget(self, socket: OpenSocket) -> None:
        """Drop the socket's deadline, if it has one."""
        self._due.pop(socket, None)

    def _run(self) -> None:
        now = self._loop.time()
        batch: list[OpenSocket] = []
        for socket, due in self._due.items():  # one walk a run: popping from the front one by one would be quadratic
            if due > now or len(batch) == self.BATCH:
                break
            batch.append(socket)
        for socket in batch:
            del self._due[socket]
        for socket in batch:
            self._expired(socket)
        first = next(iter(self._due.values()), None)
        self._timer = None if first is None else self._loop.call_at(max(first, now + self.GRAIN), self._run)


class Serving:
    """What all sockets of one server share. It must not hold on to the ``ServerState``: that is its key."""

    def __init__(self, config: Config, state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        self.app: Any = config.loaded_app
        self.loop = loop
        self.connections: set[Any] = state.connections
        self.tasks = state.tasks
        self.max_size = config.ws_max_size
        self.closing = Deadlines(loop, CLOSE_TIMEOUT, OpenSocket.abort)
        self.pings = self._deadlines(config.ws_ping_interval, OpenSocket.ping)
        self.pongs = self._deadlines(config.ws_ping_timeout, OpenSocket.pong_missed) if self.pings else None

    def _deadlines(self, delay: float | None, expired: Callable[[OpenSocket], None]) -> Deadlines | None:
        return Deadlines(self.loop, delay, expired) if delay else None

    def forget(self, socket: OpenSocket) -> None:
        """Take the socket out of every register."""
        self.connections.discard(socket)
        self.closing.forget(socket)
        self.stop_pings(socket)

    def stop_pings(self, socket: OpenSocket) -> None:
        """No keepalive for this socket any more."""
        if self.pings is not None:
            self.pings.forget(socket)
        if self.pongs is not None:
            self.pongs.forget(socket)


class OpenSocket(asyncio.Protocol):
    """Implements ``realtime.transport.DirectSocket``, and the ASGI messages of an application that does without it.

    Slots, and structures that exist only while they are needed: 10,000 idle sockets are 10,000 times what is here.
    """

    __slots__ = (
        "_buffer",
        "_code",
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
        "paused",
    )

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._transport: asyncio.Transport
        self._state = OPENING
        self._buffer: bytearray | None = None  # the beginning of a frame, or of the request
        self._fragments: _Fragments | None = None
        self._receiver: Receiver | None = None
        self._queue: deque[str | bytes] | None = None  # messages that the application has not received yet
        self._code: int | None = None  # why the socket is gone, once it is
        self._told = False  # the application has had its websocket.disconnect
        self._heard = True  # something came since the last ping
        self._reading_paused = False
        self._readable: asyncio.Event | None = None
        self._writable: asyncio.Event | None = None
        self.paused = False

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

    def resume_writing(self) -> None:
        """The reader has caught up."""
        self._wake_writers()
        if self._receiver is not None:
            self._call(self._receiver.writing_resumed)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind: no register, no reference, no one waiting."""
        self._state = CLOSED
        self._serving.forget(self)
        self._buffer = self._fragments = None
        self._reading_paused = False  # there is nothing left to resume
        self._wake_writers()
        self._gone(1006)

    # --- realtime.transport.DirectSocket ---

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
        self._state = CLOSING
        self._serving.stop_pings(self)
        self._serving.closing.set(self)
        self._resume_reading()  # the answer may be behind messages that nobody will receive

    def abort(self) -> None:
        """Drop the connection at once: a polite close waits for a stalled reader for ever."""
        self._state = CLOSED
        self._transport.abort()

    def hand_over(self, receiver: Receiver) -> bool:
        """Call ``receiver`` from now on; the application may return. What came meanwhile it gets in the next turn."""
        if self._state == OPENING:
            raise RuntimeError("A socket is handed over after it was accepted.")
        self._receiver = receiver
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
        if self._serving.pings is not None:
            self._serving.pings.set(self)
        self._resume_reading()
        if early:
            self._parse(early)

    def _whole_text(self, data: bytes) -> None:
        try:
            text = apply_mask(data[6:], data[2:6]).decode()
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
            if opcode == PING and self._state == OPEN:
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
            self._fragments = _Fragments(text=first == TEXT)
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
        self._gone(1006)

    def _hang_up(self, *, at_once: bool = False) -> None:
        """Close our end, and the whole once the peer has closed its own, or ``at_once``.

        ``close()`` with bytes unread makes the kernel answer with a reset, which overtakes our last frame: the peer
        would never learn why. TLS knows no half-closed connection, there the risk stays.
        """
        self._state = CLOSED
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
