"""WebSocket frames in and out. Pure: bytes in, bytes out. Section numbers are those of RFC 6455."""

from __future__ import annotations

import codecs
from typing import Final

from websockets.frames import Close

try:
    from websockets.speedups import apply_mask
except ImportError:  # no C extension for this platform: the same in Python
    from websockets.utils import apply_mask

unmask = apply_mask
"""Payload and key to the payload in clear, and back (5.3)."""

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
    return first, unmask(buffer[body:end], buffer[body - 4 : body]), end


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


class Fragments:
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
