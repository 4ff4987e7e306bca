"""The variable-length encoding under Yjs updates and awareness messages (the browser's ``lib0/encoding``)."""

from __future__ import annotations

MAX_SAFE = 2**53 - 1
"""The largest whole number that JavaScript holds exactly; nothing that a browser encodes is larger."""


class Malformed(ValueError):
    """The bytes are not what they claim to be."""


class Decoder:
    """Reads from the front; every read raises ``Malformed`` rather than go past the end."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._at == self._end

    def byte(self) -> int:
        """Return the next byte."""
        if self._at >= self._end:
            raise Malformed("ends too early")
        value = self._data[self._at]
        self._at += 1
        return value

    def uint(self) -> int:
        """Return the next unsigned number: 7 bits a byte, the low ones first."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift > 56:
                raise Malformed("a number is too long")
        if value > MAX_SAFE:
            raise Malformed("a number is too large")
        return value

    def text(self) -> str:
        """Return the next string: its length in bytes, then UTF-8."""
        size = self.uint()
        if size > self._end - self._at:
            raise Malformed("ends too early")
        raw = self._data[self._at : self._at + size]
        self._at += size
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise Malformed("a text is not UTF-8") from None


def uint(value: int) -> bytes:
    """Return an unsigned number as ``Decoder.uint`` reads it."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def text(value: str) -> bytes:
    """Return a string as ``Decoder.text`` reads it."""
    raw = value.encode()
    return uint(len(raw)) + raw
