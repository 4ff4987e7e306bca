"""The frames that a worker answers with: kind (1 byte), rows in it (4), length of the body (4), body.

A spool (``queries/spool.py``) is a file of the same frames, so that what a worker says is kept as it came.
"""

from __future__ import annotations

import struct
from enum import IntEnum

HEADER = struct.Struct(">BII")
MAX_BODY = 2**30


class Kind(IntEnum):
    """What the body of a frame is; all but ``ROWS`` are a JSON object."""

    COLUMNS = 1
    """``{"columns": [{"name", "type"}], "totalRows": int|null}``, before the first row."""
    ROWS = 2
    """A JSON array of rows, each an array of cells (``encode.py``)."""
    PROGRESS = 3
    """``{"step", "progress": 0-100|null, "rows"}``."""
    END = 4
    """``{"rows", "truncated": false|"rows"|"bytes"}``."""
    ERROR = 5
    """``{"code", "message", "position"?}``."""
    NOTE = 6
    """``{"missing": [...]}``: which kernel limits this machine does not have."""
    OUTCOME = 7
    """How an execution ended: ``{"type", "payload"}`` of its last event. Written by the web process, ends a spool."""


def frame(kind: Kind, body: bytes, rows: int = 0) -> bytes:
    """Build a frame."""
    return HEADER.pack(kind, rows, len(body)) + body


class Splitter:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Kind, int, bytes]]:
        """Take what came; return the frames that are whole now as (kind, rows, body).

        Raises:
            ValueError: when it is no frame.
        """
        buffer = self._buffer
        buffer += data
        found: list[tuple[Kind, int, bytes]] = []
        start, end = 0, len(buffer)
        while end - start >= HEADER.size:
            kind, rows, size = HEADER.unpack_from(buffer, start)
            if size > MAX_BODY:
                raise ValueError("a frame that is too large")
            after = start + HEADER.size + size
            if after > end:
                break
            found.append((Kind(kind), rows, bytes(memoryview(buffer)[start + HEADER.size : after])))
            start = after
        if start:
            del buffer[:start]
        return found
