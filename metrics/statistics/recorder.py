"""Counts what this process does. ``record`` is on the way of every request: it only appends to a list."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Literal

from metrics.statistics.bucket import Bucket

Kind = Literal["http", "query", "broadcast"]
WIDTH_MS = 10_000
FOLD_AT = 20_000
"""Records that wait at most before whoever adds the next one sorts them into buckets: bounds the memory."""
REMEMBERED_MS = 3_600_000
"""Buckets that could not be stored are kept for so long."""


class Recorder:
    """Counts by kind in ten-second buckets. Any thread may record. Clocks are in s since the epoch."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Kind, float, float, bool]] = deque()
        self._lock = threading.Lock()
        self._buckets: dict[tuple[Kind, int], Bucket] = {}
        self._changed: set[tuple[Kind, int]] = set()

    def record(self, kind: Kind, latency: float, ok: bool = True, now: float | None = None) -> None:
        """Count one request that took ``latency`` ms and has just ended."""
        self._waiting.append((kind, time.time() if now is None else now, latency, ok))
        if len(self._waiting) > FOLD_AT:
            self._fold()

    def _fold(self) -> None:
        with self._lock:
            for _ in range(len(self._waiting)):
                kind, now, latency, ok = self._waiting.popleft()
                key = (kind, int(now * 1000) // WIDTH_MS * WIDTH_MS)
                bucket = self._buckets.get(key)
                if bucket is None:
                    bucket = self._buckets[key] = Bucket(key[1])
                bucket.add(latency, ok=ok)
                self._changed.add(key)

    def changed(self) -> list[tuple[Kind, Bucket]]:
        """Return the buckets that have to be stored, whole; ``stored`` says that they were. For one thread."""
        self._fold()
        self._handed = sorted(self._changed, key=lambda key: key[1])
        return [(kind, self._buckets[kind, start]) for kind, start in self._handed]

    def stored(self, now: float) -> None:
        """Take note that what ``changed`` returned is stored; forget what is over."""
        with self._lock:
            self._changed.difference_update(self._handed)
            self._forget(int(now * 1000))

    def _forget(self, now: int) -> None:
        for key in list(self._buckets):
            over = key[1] < now - 3 * WIDTH_MS and key not in self._changed
            if over or key[1] < now - REMEMBERED_MS:
                del self._buckets[key]
                self._changed.discard(key)

    def forget(self, now: float) -> None:
        """Drop what waited too long for a database that does not come back."""
        with self._lock:
            self._forget(int(now * 1000))


recorder = Recorder()
"""The counts of this process."""
record = recorder.record
