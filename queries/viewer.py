"""One socket that watches one execution: reads the spool at the socket's pace.

Until the client's first ``ack`` the socket's own buffer is the window; from then on it is four chunks.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import orjson

from queries.execution import Execution, Outcome
from queries.messages import RowFormat
from queries.sandbox.encode import MAX_SAFE
from queries.sandbox.frames import Kind
from queries.spool import SpoolReader

WINDOW = 4
PROGRESS_SECONDS = 0.1
FOLLOW_SECONDS = 0.1
"""How often a spool that another process writes is looked at."""
ASK_SECONDS = 2.0
"""How often, while nothing comes, the record is asked whether that process has died."""


class Reader(Protocol):
    """What a viewer needs of a socket (``realtime.peer.Peer``)."""

    @property
    def paused(self) -> bool: ...

    def send(self, kind: str, payload: Any, *, id: str | None = None) -> None: ...

    def send_bytes(self, payload: bytes) -> None: ...

    async def drained(self) -> bool: ...


class Viewer:
    """Sends an execution from its beginning, or from after chunk ``seq``, to its end."""

    def __init__(
        self,
        reader: Reader,
        id: str,
        path: Path,
        *,
        live: Execution | None,
        fate: Callable[[], Any],
        row_format: RowFormat = "array",
        seq: int = 0,
    ) -> None:
        self.execution_id = id
        self.live = live
        self._reader = reader
        self._path = path
        self._fate = fate
        self._format = row_format
        self._skip = seq
        self._seq = 0
        self._acked: int | None = None
        self._wake = asyncio.Event()
        self._version = -1
        self._progress_sent = 0.0
        self._columns: list[str] = []
        self._started = False
        self.finished = False

    def ack(self, seq: int) -> bool:
        """Note what the client has consumed; False when that is nothing new."""
        useful = self._acked is None or self._acked < seq <= self._seq
        self._acked = min(max(seq, self._acked or 0), self._seq)
        self._wake.set()
        return useful

    async def run(self) -> None:
        """Send everything, until the end."""
        spool = SpoolReader(self._path)
        if self.live is not None:
            self.live.watch(self._wake.set)
        try:
            self._end(await self._stream(spool))
        finally:
            spool.close()
            if self.live is not None:
                self.live.unwatch(self._wake.set)

    async def _stream(self, spool: SpoolReader) -> Outcome:
        """Send frames as they come; return how it ended."""
        asked = time.monotonic()
        while True:
            self._wake.clear()
            live = self.live
            if live is not None and live.outcome is not None and live.outcome["type"] == "query_cancelled":
                return live.outcome  # what has not been sent is not wanted any more
            self._report()
            head = spool.peek()
            if head is not None and head[0] is Kind.ROWS:
                if self._seq + 1 <= self._skip:
                    self._seq += 1
                    spool.skip()
                    continue
                if not await self._window():
                    continue
            entry = spool.next()
            if entry is None:
                if live is not None and live.outcome is not None:
                    return live.outcome  # it did not fit on the disk any more
                if live is None and time.monotonic() - asked > ASK_SECONDS:
                    asked = time.monotonic()
                    # The spool's end is written before the record's: what is in the file comes first.
                    if (fate := await self._fate()) is not None and spool.peek() is None:
                        return dict(fate)
                await self._wait(FOLLOW_SECONDS if live is None else None)
            elif entry[0] is Kind.OUTCOME:
                return dict(orjson.loads(entry[2]))
            elif entry[0] is Kind.COLUMNS:
                self._begin(orjson.loads(entry[2]))
            else:
                self._chunk(entry[2])
                await asyncio.sleep(0)  # others have their turn

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _window(self) -> bool:
        """Tell whether the next chunk may go; when not, wait for something to happen first."""
        if self._acked is not None and self._seq - max(self._acked, self._skip) >= WINDOW:
            await self._wake.wait()
            return False
        if not self._reader.paused:
            return True
        drained = asyncio.ensure_future(self._reader.drained())
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({drained, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            drained.cancel()
            woken.cancel()
        return False

    # --- what is sent ---

    def _report(self) -> None:
        if self.live is None or self.live.outcome is not None:
            return
        progress, now = self.live.progress, time.monotonic()
        new_step = progress.version != self._version
        if not new_step or (self._version >= 0 and now - self._progress_sent < PROGRESS_SECONDS):
            return
        self._version, self._progress_sent = progress.version, now
        payload = {"executionId": self.execution_id, "progress": progress.share, "step": progress.step}
        payload["rows"] = progress.rows
        if progress.position is not None:
            payload["position"] = progress.position
        self._reader.send("query_progress", payload)

    def _begin(self, head: dict[str, Any]) -> None:
        self._columns = unique([column["name"] for column in head["columns"]])
        self._started = True
        self._reader.send("data_stream_start", {"executionId": self.execution_id, **head})

    def _chunk(self, body: bytes) -> None:
        self._seq += 1
        if self._format == "object":
            body = as_objects(body, self._columns)
        self._reader.send_bytes(
            b'{"type":"data_chunk","payload":{"executionId":"%b","seq":%d,"data":%b}}'
            % (self.execution_id.encode(), self._seq, body)
        )

    def _end(self, outcome: Outcome) -> None:
        kind, payload = outcome["type"], outcome["payload"]
        more: dict[str, Any] = {"executionId": self.execution_id}
        if kind == "query_completed":
            result = payload["result"]
            self._reader.send(
                "data_stream_complete", {**more, "rows": result["rows"], "truncated": result["truncated"]}
            )
        elif kind == "query_error" and self._started:
            self._reader.send("data_stream_error", {**more, "error": payload["error"]["message"]})
        self.finished = True
        self._reader.send(kind, payload)


def unique(names: list[str]) -> list[str]:
    """Return names of which none comes twice: ``a, a`` becomes ``a, a_2``."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        found.append(candidate)
    return found


def as_objects(body: bytes, columns: list[str]) -> bytes:
    """Return a chunk of arrays as one of objects, its cells plain: what has no place in JSON becomes a text."""
    rows = orjson.loads(body)
    return orjson.dumps(
        [{name: _plain(cell) for name, cell in zip(columns, row, strict=True)} for row in rows],
    )


def _plain(cell: Any) -> Any:
    if isinstance(cell, dict):
        ((tag, value),) = cell.items()
        return base64.b64decode(value).decode(errors="replace") if tag == "x" else value
    return cell if not isinstance(cell, int) or -MAX_SAFE <= cell <= MAX_SAFE else str(cell)
