"""When a lane sends, and what goes into one frame. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Iterable

from realtime.protocol import PRIORITY_RANK
from realtime.topics import Event

WINDOW_SECONDS = 0.05
"""Requirement 2.4: events that come within 50 ms of a send travel together."""
MAX_BATCH = 100
"""Requirement 2.4: at most this many events in a frame."""


class Window:
    """Opens with a send: an idle lane sends at once, what comes within the window goes out together at its end.

    Args:
        seconds: length of the window; 0.05, or what a subscriber asked for as ``throttleMs``.
        conflate: keep only the newest event per key (``latest`` topics).
        urgent: events of high priority do not wait for the end.
    """

    __slots__ = ("_conflate", "_ends", "_newest", "_pending", "_seconds", "_urgent", "_urgent_waits")

    def __init__(self, *, seconds: float = WINDOW_SECONDS, conflate: bool, urgent: bool = True) -> None:
        self._seconds = seconds
        self._conflate = conflate
        self._urgent = urgent
        self._urgent_waits = False
        self._ends = float("-inf")
        self._pending: dict[tuple[str, str] | int, Event] = {}
        self._newest = 0

    def add(self, event: Event) -> None:
        """Take one event; on a conflating lane it replaces the older one of its name and key."""
        slot: tuple[str, str] | int
        if self._conflate:
            slot = (event.name, event.key)
            self._pending.pop(slot, None)  # a replacement goes to the back: it happened last
        else:
            self._newest += 1
            slot = self._newest
        self._pending[slot] = event
        if self._urgent and event.priority == "high":
            self._urgent_waits = True

    def due_in(self, now: float) -> float | None:
        """Return the seconds until something must be sent: 0 means now, None that nothing waits."""
        if not self._pending:
            return None
        if self._urgent_waits:
            return 0.0
        return max(0.0, self._ends - now)

    def waiting(self) -> Iterable[Event]:
        """Return what has not been taken yet."""
        return self._pending.values()

    def take(self, now: float) -> list[list[Event]]:
        """Return all that waits, in frames of at most 100 events, and open the next window at ``now``.

        A conflating lane sends high priority first; an ordered one keeps the order of its rows.
        """
        events = list(self._pending.values())
        self._pending.clear()
        self._urgent_waits = False
        if events:
            self._ends = now + self._seconds
        if self._conflate:
            events.sort(key=lambda event: PRIORITY_RANK[event.priority])
        return [events[i : i + MAX_BATCH] for i in range(0, len(events), MAX_BATCH)]
