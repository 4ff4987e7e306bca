"""Readings on disk, from the moment they are taken until the server has them.

SQLite with a write-ahead log: a killed process loses nothing, a power cut at most the last seconds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

Row = tuple[int, bytes]


class Spool:
    """A queue of readings, oldest first, by the moment they were taken (ms). Two threads may use it.

    Raises:
        OSError, sqlite3.Error: when the folder can't be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._file = sqlite3.connect(folder / "readings.sqlite3", check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute("PRAGMA auto_vacuum=FULL")
        self._file.execute("CREATE TABLE IF NOT EXISTS reading (moment INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        self._file.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")

    def add(self, moment: int, body: bytes) -> None:
        """Append a reading; one of the same moment is replaced."""
        with self._lock:
            self._file.execute("INSERT OR REPLACE INTO reading VALUES (?, ?)", (moment, body))

    def oldest(self, limit: int) -> list[Row]:
        """Return up to ``limit`` readings, oldest first."""
        with self._lock:
            return self._file.execute("SELECT moment, body FROM reading ORDER BY moment LIMIT ?", (limit,)).fetchall()

    def drop(self, moments: Sequence[int]) -> None:
        """Forget readings."""
        with self._lock:
            self._file.execute("BEGIN")
            self._file.executemany("DELETE FROM reading WHERE moment = ?", [(moment,) for moment in moments])
            self._file.execute("COMMIT")

    def drop_before(self, moment: int) -> int:
        """Forget readings older than a moment; return how many."""
        with self._lock:
            return self._file.execute("DELETE FROM reading WHERE moment < ?", (moment,)).rowcount

    def __len__(self) -> int:
        with self._lock:
            return int(self._file.execute("SELECT count(*) FROM reading").fetchone()[0])

    def note(self, name: str) -> int:
        """Return a number that was kept under a name; 0 when there is none."""
        with self._lock:
            row = self._file.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def note_keep(self, name: str, value: int) -> None:
        """Keep a number under a name."""
        with self._lock:
            self._file.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()
