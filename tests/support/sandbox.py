"""The sandbox as the executor uses it, for tests that are not asynchronous: one statement after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from queries.sandbox.frames import Kind
from queries.sandbox.job import Engine, Job
from queries.sandbox.pool import Pool, Worker
from tests.support.waiting import DEADLINE

T = TypeVar("T")


@dataclass
class Answer:
    """What a worker said."""

    columns: list[dict[str, str]] = field(default_factory=list)
    total: int | None = None
    chunks: list[list[list[Any]]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    end: dict[str, Any] | None = None
    missing: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    status: int | None = None

    @property
    def rows(self) -> list[list[Any]]:
        """All rows."""
        return [row for chunk in self.chunks for row in chunk]

    @property
    def code(self) -> str:
        """The code of the error; empty without one."""
        return "" if self.error is None else str(self.error["code"])

    def take(self, kind: Kind, rows: int, body: bytes) -> None:
        """Take a frame."""
        said = orjson.loads(body)
        if kind is Kind.ROWS:
            assert len(said) == rows
            self.chunks.append(said)
        elif kind is Kind.COLUMNS:
            self.columns, self.total = said["columns"], said["totalRows"]
        elif kind is Kind.ERROR:
            self.error = said
        elif kind is Kind.END:
            self.end = said
        elif kind is Kind.PROGRESS:
            self.steps.append(said["step"])
        elif kind is Kind.NOTE:
            self.missing = said["missing"]


class Sandbox:
    """A pool on an event loop of its own, in a thread."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        self.pool = self.call(self._make(engine))

    async def _make(self, engine: Engine) -> Pool:
        return Pool(engine, self.folder)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE * 2)

    def run(self, job: Job) -> Answer:
        """Run a job to its end."""
        return self.call(self._run(job))

    async def _run(self, job: Job) -> Answer:
        answer = Answer()
        async with asyncio.timeout(DEADLINE):
            worker: Worker = await self.pool.worker()
            worker.give(job, answer.take)
            await worker.gone
            await worker.exited
        answer.status = worker.status
        return answer

    def close(self) -> None:
        """End all of it."""
        self.call(self.pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()
