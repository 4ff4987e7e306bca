"""The one message that every server broadcasts, and the pace at which it is published.

Shared by Presence and the textbook peer; ``peers/elysia/server.ts`` builds the same JSON. Standard library only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

MESSAGE_BYTES = 379
"""Length of the whole message, envelope included; it grows by a byte or two with the sequence number."""


@dataclass(frozen=True)
class Load:
    """What to publish: ``rate`` events a second for ``seconds`` s, from ``hosts`` hosts in turn, evenly spread.

    ``pad`` adds that many bytes to each. ``high`` asks Presence for its urgent path: a write an event, no batching.
    """

    rate: float
    seconds: float
    hosts: int = 1
    pad: int = 0
    priority: Literal["high", "normal"] = "normal"


@dataclass
class Progress:
    """How far a publisher is. ``stop`` ends it before its time."""

    published: int = 0
    running: bool = False
    stop: bool = False


def status_data(sequence: int, load: Load) -> dict[str, Any]:
    """Return the data of one ``status_update``; ``sentNs`` is the wall clock in ns, ``seq`` counts from 1."""
    sent = time.time_ns()
    milliseconds = sent // 1_000_000
    host = f"h{sequence % load.hosts}"
    return {
        "sentNs": sent,
        "seq": sequence,
        "host": host,
        "status": {
            "host": host,
            "systemOnline": True,
            "cpuUsage": 37,
            "memoryUsage": 61,
            "diskUsage": 48,
            "activeConnections": 112,
            "timestamp": milliseconds,
        },
        "changes": [],
        "timestamp": milliseconds,
        **({"pad": "x" * load.pad} if load.pad else {}),
    }


class Pace:
    """Says which events are due. What is late goes out at once; sequence numbers go on while a server lives."""

    def __init__(self, load: Load, progress: Progress) -> None:
        self.load = load
        self._progress = progress
        self._first = progress.published
        self._start = time.monotonic()
        self._total = max(1, round(load.rate * load.seconds))
        progress.running, progress.stop = True, False

    def due(self) -> Iterator[dict[str, Any]]:
        """Yield the data of each event that is due now."""
        passed = time.monotonic() - self._start
        count = min(self._total, int(passed * self.load.rate) + 1)
        while self._progress.published < self._first + count:
            self._progress.published += 1
            yield status_data(self._progress.published, self.load)

    def rest(self) -> float:
        """Return the seconds until the next event is due; negative when the load is done."""
        done, passed = self._progress.published - self._first, time.monotonic() - self._start
        if self._progress.stop or done >= self._total or passed > self.load.seconds:
            self._progress.running = False
            return -1.0
        return max(0.0, done / self.load.rate - passed)
