"""The result of an execution as a file: the worker's frames as they came, and how it ended as the last one.

Whoever looks on reads the file at a pace of its own: the one who runs the statement, a colleague with a share, a client
that lost its socket, an export, each from any process that shares the data folder. The worker never waits for a slow
reader, and no result is ever in memory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from queries.sandbox.frames import HEADER, Kind, frame

SUFFIX = ".rows"
Entry = tuple[Kind, int, bytes]


class SpoolWriter:
    """Appends to the file of one execution. ``size`` is in bytes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self.size = 0
        # Unbuffered: what is written can be read by others at once.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, kind: Kind, body: bytes, rows: int = 0) -> None:
        """Append a frame, whole or not at all: behind half a one nobody would find the end.

        Raises:
            OSError: when the disk is full.
        """
        data = frame(kind, body, rows)
        try:
            written = os.write(self._file, data)
            while written < len(data):
                written += os.write(self._file, memoryview(data)[written:])
        except OSError:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            raise
        self.size += len(data)

    def close(self, outcome: dict[str, Any]) -> None:
        """Append how it ended, and close the file; a disk that is full loses the file instead."""
        try:
            self.write(Kind.OUTCOME, orjson.dumps(outcome))
        except OSError:
            with suppress(OSError):
                self.path.unlink()
        os.close(self._file)


class SpoolReader:
    """Reads a spool from its beginning, while it may still grow.

    Raises:
        FileNotFoundError: when there is none.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._offset = 0

    def peek(self) -> tuple[Kind, int, int] | None:
        """Return kind, rows and size of the next frame; None while there is none that is whole."""
        header = os.pread(self._file, HEADER.size, self._offset)
        if len(header) < HEADER.size:
            return None
        kind, rows, size = HEADER.unpack(header)
        return Kind(kind), rows, size

    def next(self) -> Entry | None:
        """Return the next frame; None while there is none."""
        found = self.peek()
        if found is None:
            return None
        kind, rows, size = found
        body = os.pread(self._file, size, self._offset + HEADER.size)
        if len(body) < size:
            return None
        self._offset += HEADER.size + size
        return kind, rows, body

    def skip(self) -> None:
        """Go past the frame that ``peek`` has shown."""
        found = self.peek()
        if found is not None:
            self._offset += HEADER.size + found[2]

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Spools:
    """The folder of the spools, with a bound on their sizes and ages."""

    def __init__(self, folder: Path, *, keep_seconds: float, total_bytes: int) -> None:
        self.folder = folder
        self._keep = keep_seconds
        self._total = total_bytes

    def path(self, execution: str) -> Path:
        """Return where the rows of an execution are."""
        return self.folder / f"{execution}{SUFFIX}"

    def exists(self, execution: str) -> bool:
        """Tell whether the rows are still there."""
        return self.path(execution).exists()

    def sweep(self, living: set[str], now: float | None = None) -> int:
        """Delete what is too old, then the oldest while there is too much; return the bytes that are left."""
        moment = time.time() if now is None else now
        kept: list[tuple[float, int, Path]] = []
        for path in self._files():
            with suppress(OSError):
                status = path.stat()
                if moment - status.st_mtime > self._keep and path.stem not in living:
                    path.unlink()
                else:
                    kept.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept, key=lambda one: one[0]):
            if total <= self._total:
                break
            if path.stem not in living:
                with suppress(OSError):
                    path.unlink()
                    total -= size
        return total

    def full(self, total: int) -> bool:
        """Tell whether nothing new should begin with ``total`` bytes there."""
        return total > self._total

    def _files(self) -> Iterator[Path]:
        if self.folder.is_dir():
            yield from self.folder.glob(f"*{SUFFIX}")
