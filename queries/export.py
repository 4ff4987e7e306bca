"""A result as a CSV or JSON file, streamed from its spool with memory for one chunk."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import orjson

from queries.sandbox.encode import plain
from queries.sandbox.frames import Kind
from queries.spool import SpoolReader
from queries.viewer import as_objects, unique

Format = Literal["csv", "json"]
CONTENT_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FOLLOW_SECONDS = 0.1
WAIT_SECONDS = 5.0
"""How long to follow a run that says nothing before its record is asked whether it still goes on."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is a formula to a spreadsheet."""


class Incomplete(Exception):
    """The run did not complete: the download breaks off, so that nobody takes a part for the whole."""


async def exported(path: Path, format: Format, *, open_still: Callable[[], Any]) -> AsyncIterator[bytes]:
    """Yield the file piece by piece; a run that goes on is followed to its end.

    Raises:
        Incomplete: when the run ended in another way than by completing.
    """
    spool = await asyncio.to_thread(SpoolReader, path)
    writer: _Csv | _Json = _Csv() if format == "csv" else _Json()
    heard = time.monotonic()
    try:
        while True:
            entry = await asyncio.to_thread(spool.next)
            if entry is None:
                if time.monotonic() - heard > WAIT_SECONDS:
                    heard = time.monotonic()
                    if not await open_still() and spool.peek() is None:
                        raise Incomplete
                await asyncio.sleep(FOLLOW_SECONDS)
                continue
            heard = time.monotonic()
            kind, _, body = entry
            if kind is Kind.COLUMNS:
                yield writer.begin([column["name"] for column in orjson.loads(body)["columns"]])
            elif kind is Kind.ROWS:
                yield await asyncio.to_thread(writer.rows, body)
            elif kind is Kind.OUTCOME:
                if orjson.loads(body)["type"] != "query_completed":
                    raise Incomplete
                yield writer.end()
                return
    finally:
        spool.close()


class _Csv:
    """RFC 4180, in UTF-8 with a mark that spreadsheets look for. NULL is empty."""

    def begin(self, names: list[str]) -> bytes:
        return b"\xef\xbb\xbf" + self._lines([names])

    def rows(self, body: bytes) -> bytes:
        return self._lines([_written(cell) for cell in row] for row in orjson.loads(body))

    def end(self) -> bytes:
        return b""

    @staticmethod
    def _lines(rows: Any) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer).writerows(rows)
        return buffer.getvalue().encode()


def _written(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    value = plain(cell)
    if isinstance(value, str) and value.startswith(FORMULA) and not isinstance(cell, dict):
        return "'" + value
    return value


class _Json:
    """An array of objects, one a line; what has no place in JSON is a text."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._first = True

    def begin(self, names: list[str]) -> bytes:
        self._names = unique(names)
        return b"["

    def rows(self, body: bytes) -> bytes:
        parts = list(self._objects(body))
        start, self._first = (b"\n" if self._first else b",\n"), False
        return start + b",\n".join(parts)

    def _objects(self, body: bytes) -> Iterator[bytes]:
        for row in orjson.loads(as_objects(body, self._names)):
            yield orjson.dumps(row)

    def end(self) -> bytes:
        return b"\n]\n"
