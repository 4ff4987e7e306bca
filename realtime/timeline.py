"""What happened lately in one process: sockets that came, how many of them came back, how late events were.

Kept in short stretches of time, so that any window can be made of them, here and over processes. Pure: the clock is an
argument, in ms since the epoch.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

from realtime import sketch
from realtime.sketch import Packed, Sketch

STEP_MS = 10_000
LATENCY_STEPS = 60
"""Ten minutes of latencies."""
ARRIVAL_STEPS = 361
"""An hour of arrivals."""
RETURN_MS = 60_000
"""Who comes within a minute after losing a socket comes back."""
EXPECTED = frozenset((1000, 1001))
"""Codes of a socket that its client has done with: closed, or the page was left."""
MAX_LOST = 20_000

Slot = list[Any]
"""``[start, connects, reconnects]`` or ``[start, packed sketch]``; start in ms."""


class Timeline:
    """One process's. Belongs to the event loop; any thread may read what ``packed`` returns."""

    def __init__(self) -> None:
        self._arrivals: deque[list[int]] = deque(maxlen=ARRIVAL_STEPS)
        self._latencies: deque[tuple[int, Sketch]] = deque(maxlen=LATENCY_STEPS)
        self._lost: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def arrived(self, endpoint: str, user: str, now: int) -> None:
        """Count a socket that was admitted; a reconnect if the user has lost one there in the last minute."""
        start = now // STEP_MS * STEP_MS
        if not self._arrivals or self._arrivals[-1][0] != start:
            self._arrivals.append([start, 0, 0])
        slot = self._arrivals[-1]
        slot[1] += 1
        if self._lost:
            slot[2] += self._came_back((endpoint, user), now)

    def _came_back(self, who: tuple[str, str], now: int) -> bool:
        moments = self._lost.get(who)
        if moments is None:
            return False
        lost = moments.pop()
        if not moments:
            del self._lost[who]
        return now - lost <= RETURN_MS

    def lost(self, endpoint: str, user: str, code: int, now: int) -> None:
        """Note how a socket ended; who was sent away for good (1008, 4xxx) or went by itself is not expected back."""
        if code in EXPECTED or code == 1008 or code >= 4000:
            return
        moments = self._lost.setdefault((endpoint, user), [])
        moments.append(now)
        self._lost.move_to_end((endpoint, user))
        if len(self._lost) > MAX_LOST or len(moments) > MAX_LOST:
            self._lost.popitem(last=False)

    def written(self, latency: float, weight: int, now: int) -> None:
        """Count ``weight`` deliveries that were written ``latency`` ms after they were published."""
        start = now // STEP_MS * STEP_MS
        if not self._latencies or self._latencies[-1][0] != start:
            self._latencies.append((start, Sketch()))
        self._latencies[-1][1].add(latency, weight)

    def packed(self) -> dict[str, list[Slot]]:
        """Return everything in a form that JSON knows."""
        return {
            "arrivals": [list(slot) for slot in list(self._arrivals)],
            "latencies": [[start, one.packed()] for start, one in list(self._latencies)],
        }


def reconnect_share(figures: list[dict[str, list[Slot]]], *, since: int, fewest: int = 1) -> float | None:
    """Return the percentage of sockets that were reconnects since then (ms); None when fewer than ``fewest`` came."""
    slots = [slot for one in figures for slot in one["arrivals"] if slot[0] + STEP_MS > since]
    came = sum(slot[1] for slot in slots)
    return round(100 * sum(slot[2] for slot in slots) / came, 2) if came >= fewest else None


def latencies_since(figures: list[dict[str, list[Slot]]], *, since: int) -> Packed:
    """Return one sketch, in ms, of all deliveries since then (ms)."""
    return sketch.merged(slot[1] for one in figures for slot in one["latencies"] if slot[0] + STEP_MS > since)
