"""A result as a file: read while it grows, bounded in size and age."""

from __future__ import annotations

import os
from pathlib import Path

from queries.sandbox.frames import HEADER, Kind
from queries.spool import SpoolReader, Spools, SpoolWriter

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
