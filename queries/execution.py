"""One run of one statement, as the process that runs it knows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from queries.models import now_ms
from queries.sandbox.frames import Kind
from queries.sandbox.job import Engine, View
from queries.sandbox.sink import Failure
from queries.spool import SpoolWriter

Outcome = dict[str, Any]
"""The last event of an execution: ``{"type", "payload"}``."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a statement runs: a source as the sandbox needs it."""

    source: int | None
    name: str
    engine: Engine
    address: str = field(repr=False)  # may hold a password
    views: tuple[View, ...] = ()
    search_path: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to run, checked. ``timeout`` is in s."""

    query: str
    target: Target
    parameters: dict[str, Any]
    user_id: int
    username: str
    timeout: float
    rows: int
    count_rows: bool = False


@dataclass(slots=True)
class Progress:
    """How far it is; ``version`` grows with each change."""

    step: str = "queued"
    share: float | None = None
    rows: int = 0
    position: int | None = None
    version: int = 0


class Execution:
    """Takes the worker's frames into the spool and tells whoever watches. Belongs to one event loop."""

    def __init__(self, id: str, request: Request, spool: SpoolWriter, *, max_bytes: int) -> None:
        self.id = id
        self.request = request
        self.spool = spool
        self.started_at = now_ms()
        self.progress = Progress()
        self.columns: list[dict[str, str]] = []
        self.rows = 0
        self.truncated: Any = False
        self.outcome: Outcome | None = None
        self.admitted = asyncio.Event()
        self.stopped: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        """Set once its record is closed too."""
        self.record: asyncio.Future[None] | None = None
        """Its record being stored."""
        self.owners = 0
        """Sockets of its runner that watch it."""
        self.missing_walls: list[str] = []
        self.complete = False
        """The worker has said that all rows are sent."""
        self.failure: Failure | None = None
        """What the worker has said went wrong."""
        self._max_bytes = max_bytes
        self._clock = time.monotonic()
        self._watchers: set[Callable[[], None]] = set()

    @property
    def elapsed_ms(self) -> int:
        """How long it has taken so far."""
        return int((time.monotonic() - self._clock) * 1000)

    # --- who watches ---

    def watch(self, call: Callable[[], None]) -> None:
        """Call ``call`` after every change."""
        self._watchers.add(call)

    def unwatch(self, call: Callable[[], None]) -> None:
        """Call it no more."""
        self._watchers.discard(call)

    def changed(self) -> None:
        """Tell everybody."""
        for call in list(self._watchers):
            call()

    # --- what the worker says ---

    def frame(self, kind: Kind, rows: int, body: bytes) -> None:
        """Take one frame of the worker."""
        if self.outcome is not None or self.stopped.done():
            return
        if kind in (Kind.COLUMNS, Kind.ROWS):
            try:
                self.spool.write(kind, body, rows)
            except OSError as error:
                self.stop(self.error(Failure("OUT_OF_DISK", f"The result can't be kept: {error.strerror}.")))
                return
        if kind is Kind.ROWS:
            self.rows += rows
            self.progress.rows = self.rows
            if self.spool.size > self._max_bytes:
                self.stop(self.error(Failure("INTERNAL_ERROR", "The worker sent more than it may.")))
        else:
            self._take(kind, orjson.loads(body))
        self.changed()

    def _take(self, kind: Kind, said: dict[str, Any]) -> None:
        if kind is Kind.COLUMNS:
            self.columns = said["columns"]
            self.step("streaming")
        elif kind is Kind.PROGRESS:
            self.step(said["step"], said["progress"])
        elif kind is Kind.END:
            self.complete, self.truncated = True, said["truncated"]
        elif kind is Kind.ERROR:
            self.failure = Failure(said["code"], said["message"], said.get("position"))
        elif kind is Kind.NOTE:
            self.missing_walls = said["missing"]

    def step(self, step: str, share: float | None = None, position: int | None = None) -> None:
        """Enter a step."""
        progress = self.progress
        progress.step, progress.share, progress.position = step, share, position
        progress.version += 1

    # --- how it ends ---

    def stop(self, outcome: Outcome) -> None:
        """End it with ``outcome``, unless it is ending already."""
        if not self.stopped.done():
            self.stopped.set_result(outcome)

    def finish(self, outcome: Outcome) -> None:
        """Take its end; only the first counts."""
        if self.outcome is None:
            self.outcome = outcome
            self.spool.close(outcome)
            self.changed()

    def completed(self) -> Outcome:
        """Return ``query_completed``."""
        result = {
            "columns": self.columns,
            "rows": self.rows,
            "truncated": self.truncated,
            "elapsedMs": self.elapsed_ms,
        }
        return _outcome("query_completed", self.id, result=result)

    def error(self, failure: Failure) -> Outcome:
        """Return ``query_error``."""
        return error_outcome(self.id, failure)

    def cancelled(self, reason: str, by: str | None = None) -> Outcome:
        """Return ``query_cancelled``."""
        return cancelled_outcome(self.id, reason, by)


def error_outcome(id: str | None, failure: Failure, **more: Any) -> Outcome:
    """Return ``query_error``; without an id the query was refused."""
    return _outcome("query_error", id, error=failure.body(), **more)


def cancelled_outcome(id: str, reason: str, by: str | None = None) -> Outcome:
    """Return ``query_cancelled``."""
    return _outcome("query_cancelled", id, reason=reason, **({} if by is None else {"by": by}))


def _outcome(kind: str, id: str | None, **payload: Any) -> Outcome:
    return {"type": kind, "payload": {"executionId": id, "timestamp": now_ms(), **payload}}
