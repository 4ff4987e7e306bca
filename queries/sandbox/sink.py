"""The worker's way out: rows are cut into chunks, and everything leaves as frames over one socket."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import orjson

from queries.sandbox.encode import Row, encode_rows, type_of
from queries.sandbox.frames import Kind, frame
from queries.sandbox.job import Limits

CHUNK_ROWS = 500
CHUNK_BYTES = 64 * 1024
SLICE_ROWS = 50
"""Rows fetched and encoded at once: 500 cells of a megabyte at once would exhaust the memory."""
SLICE_SECONDS = 0.05
REPORT_SECONDS = 0.1
"""Progress comes at most this often; a row never waits longer than this for the chunk to fill."""
POLITE_AFTER_SECONDS = 0.15
"""Processor time after which a query makes room: a short one answers at once, a long one lets the others go first."""
NICENESS = 10
Truncated = Literal["rows", "bytes", False]


class Failure(Exception):
    """An execution that ends with an error that its user should read.

    Args:
        code: for programs, see ``docs/console.md``.
        message: what went wrong and what to do, for people.
        position: the character of the query, from 1, where it is known.
    """

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position

    def body(self) -> dict[str, Any]:
        """Return it as it goes over the wire."""
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.position is not None:
            found["position"] = self.position
        return found


class Sink:
    """Collects encoded slices, sends chunks, counts rows and bytes against the limits."""

    def __init__(self, connection: socket.socket, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._socket = connection
        self._limits = limits
        self._clock = clock
        self._slices: list[bytes] = []
        self._pending_rows = 0
        self._pending_bytes = 0
        self._flushed = clock()
        self._reported = clock()
        self._polite = False
        self.rows = 0
        self.bytes = 0
        self.total: int | None = None
        self.step = "starting"
        self.slice = 1
        """How many rows to fetch next: few while they come slowly or are large."""

    # --- what an engine calls ---

    def begin(self, step: str) -> None:
        """Enter a step, and say so."""
        self.step = step
        self._report()

    def columns(self, names: Sequence[str], types: Sequence[str]) -> None:
        """Name the columns; before any row."""
        columns = [{"name": name, "type": kind} for name, kind in zip(names, types, strict=True)]
        self._send(Kind.COLUMNS, {"columns": columns, "totalRows": self.total})
        self.step = "streaming"

    def add(self, rows: Sequence[Row]) -> Truncated:
        """Take a slice; return what it was cut by, if it was."""
        room = self._limits.rows - self.rows
        truncated: Truncated = "rows" if len(rows) > room else False
        for encoded, count in _encoded(rows[:room] if truncated else rows):
            if self.bytes + len(encoded) > self._limits.bytes:
                truncated = "bytes"
                break
            if self._pending_rows + count > CHUNK_ROWS or self._pending_bytes + len(encoded) > CHUNK_BYTES:
                self.flush()
            self._slices.append(encoded)
            self._pending_rows += count
            self._pending_bytes += len(encoded) + 1
            self.rows += count
            self.bytes += len(encoded) + 1
        if self._pending_rows >= CHUNK_ROWS or self._pending_bytes >= CHUNK_BYTES:
            self.flush()
        return truncated

    def adapt(self, seconds: float, size: int) -> None:
        """Choose the next slice by how long the last took to fetch and how large it was in bytes."""
        if seconds > SLICE_SECONDS or size > CHUNK_BYTES:
            self.slice = max(1, self.slice // 2)
            self.flush()
        elif self.slice < SLICE_ROWS:
            if self.slice == 1:
                self.flush()  # the first row leaves at once
            self.slice = min(SLICE_ROWS, self.slice * 2)

    def tick(self) -> None:
        """Called every now and then while the engine works: flush and report what is due."""
        if not self._polite and time.process_time() > POLITE_AFTER_SECONDS:
            self._polite = True
            os.nice(NICENESS)
        now = self._clock()
        if self._pending_rows and now - self._flushed >= REPORT_SECONDS:
            self.flush()
        if now - self._reported >= REPORT_SECONDS:
            self._report()

    def flush(self) -> None:
        """Send what has been collected."""
        if not self._pending_rows:
            return
        body = b"[" + b",".join(self._slices) + b"]"
        self._socket.sendall(frame(Kind.ROWS, body, self._pending_rows))
        self._slices.clear()
        self._pending_rows = self._pending_bytes = 0
        self._flushed = self._clock()
        if self._flushed - self._reported >= REPORT_SECONDS:
            self._report()

    def end(self, truncated: Truncated) -> None:
        """Say that all is sent."""
        self.flush()
        self._send(Kind.END, {"rows": self.rows, "truncated": truncated})

    def fail(self, failure: Failure) -> None:
        """Say what went wrong, after the rows that came before it."""
        self.flush()
        self._send(Kind.ERROR, failure.body())

    def note(self, missing: list[str]) -> None:
        """Say which walls this machine does not have."""
        self._send(Kind.NOTE, {"missing": missing})

    # --- inside ---

    def _report(self) -> None:
        self._reported = self._clock()
        share = None
        if self.total:
            share = round(min(100.0, 100 * self.rows / self.total), 1)
        self._send(Kind.PROGRESS, {"step": self.step, "progress": share, "rows": self.rows})

    def _send(self, kind: Kind, body: dict[str, Any]) -> None:
        self._socket.sendall(frame(kind, orjson.dumps(body)))


def _encoded(rows: Sequence[Row]) -> Iterator[tuple[bytes, int]]:
    """Encode a slice in one piece when it is small enough for a chunk, else row by row."""
    if not rows:
        return
    try:
        whole = encode_rows(rows)
        if len(whole) <= CHUNK_BYTES or len(rows) == 1:
            yield whole, len(rows)
            return
        del whole
    except MemoryError:  # a few dozen megabyte-sized rows: one by one they fit
        pass
    for row in rows:
        yield encode_rows([row]), 1


def types_of(rows: Sequence[Row], width: int) -> list[str]:
    """Return the type of each column, judged by the first value that is not NULL."""
    found = ["unknown"] * width
    for row in rows:
        for index, value in enumerate(row):
            if found[index] == "unknown" and value is not None:
                found[index] = type_of(value)
    return found
