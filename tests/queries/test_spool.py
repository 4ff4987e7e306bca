"""A result as a file: read while it grows, bounded in size and age."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from queries.execution import Execution, Request, Target
from queries.sandbox.frames import HEADER, Kind
from queries.sandbox.sink import Failure
from queries.spool import SpoolReader, Spools, SpoolWriter
from queries.viewer import Viewer
from tests.support.waiting import DEADLINE

DONE = {"type": "query_completed", "payload": {}}


def spool(folder: Path, name: str, size: int = 10, age: float = 0.0) -> Path:
    path = folder / f"{name}.rows"
    writer = SpoolWriter(path)
    writer.write(Kind.ROWS, b"x" * size, 1)
    writer.close(DONE)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_a_reader_sees_what_is_written_and_no_half_of_it(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "a.rows")
    reader = SpoolReader(tmp_path / "a.rows")
    assert reader.next() is None
    writer.write(Kind.ROWS, b"[1]", 1)
    assert reader.next() == (Kind.ROWS, 1, b"[1]")
    with (tmp_path / "a.rows").open("ab") as file:
        file.write(HEADER.pack(Kind.ROWS, 1, 100) + b"half")
    assert reader.next() is None
    reader.close()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full: what goes beyond is not written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_frame_that_does_not_fit_leaves_no_half_before_the_end(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path / "a.rows")
    writer.write(Kind.ROWS, b"[1]", 1)
    with no_file_larger_than(writer.size + 100), pytest.raises(OSError):
        writer.write(Kind.ROWS, b"x" * 1_000, 1)
    writer.close(DONE)
    reader = SpoolReader(tmp_path / "a.rows")
    assert [entry[0] for entry in iter(reader.next, None)] == [Kind.ROWS, Kind.OUTCOME]
    reader.close()


class Screen:
    """A socket that keeps what it is sent."""

    paused = False

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, kind: str, payload: Any, *, id: str | None = None) -> None:
        self.sent.append(kind)

    def send_bytes(self, payload: bytes) -> None:
        self.sent.append("data_chunk")

    async def drained(self) -> bool:
        return True


async def test_an_end_that_does_not_fit_on_the_disk_is_told_all_the_same(tmp_path: Path) -> None:
    target = Target(None, "target", "sqlite", "")
    request = Request("SELECT 1", target, {}, user_id=1, username="ada", timeout=60, rows=10)
    execution = Execution("e", request, SpoolWriter(tmp_path / "e.rows"), max_bytes=1_000)
    screen = Screen()
    viewer = Viewer(screen, "e", tmp_path / "e.rows", live=execution, fate=lambda: None)
    watching = asyncio.create_task(viewer.run())
    await asyncio.sleep(0)  # it has begun to read
    with no_file_larger_than(0):
        execution.finish(execution.error(Failure("OUT_OF_DISK", "The disk is full.")))
    async with asyncio.timeout(DEADLINE):
        await watching
    assert screen.sent == ["query_progress", "query_error"]


def test_a_reader_skips_without_reading(tmp_path: Path) -> None:
    path = spool(tmp_path, "a", size=1_000)
    reader = SpoolReader(path)
    assert reader.peek() == (Kind.ROWS, 1, 1_000)
    reader.skip()
    entry = reader.next()
    assert entry is not None and entry[0] is Kind.OUTCOME
    reader.close()


def test_old_rows_go_and_living_ones_stay(tmp_path: Path) -> None:
    for name, age in (("old", 100.0), ("living", 100.0), ("new", 1.0)):
        spool(tmp_path, name, age=age)
    Spools(tmp_path, keep_seconds=50, total_bytes=10**6).sweep({"living"}, now=1_000_000)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["living", "new"]


def test_beyond_the_space_the_oldest_go_first(tmp_path: Path) -> None:
    for name, age in (("first", 3.0), ("second", 2.0), ("third", 1.0)):
        spool(tmp_path, name, size=1_000, age=age)
    spools = Spools(tmp_path, keep_seconds=50, total_bytes=2_200)
    left = spools.sweep(set(), now=1_000_000)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["second", "third"]
    assert not spools.full(left) and spools.full(2_201)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    assert spool(tmp_path / "folder", "a").stat().st_mode & 0o077 == 0
    assert (tmp_path / "folder").stat().st_mode & 0o077 == 0
