"""What one slow socket has missed. It exists only while the socket is behind, and never grows with time.

``latest`` topics keep the newest event per key; ``ordered`` topics keep a position, not a queue, and are read again
from memory or rows once the socket drains.
"""

from __future__ import annotations

from collections.abc import Iterable

from realtime.topics import Event


class Outbox:
    """Pure bookkeeping for one socket. ``since`` is the loop's clock when the socket fell behind, in s."""

    __slots__ = ("_latest", "_resume", "missed", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.missed = 0
        """Events that were replaced by newer ones and will never be sent to this socket."""
        self._latest: dict[tuple[str, str, str], Event] = {}
        self._resume: dict[str, int] = {}

    def keep_latest(self, events: Iterable[Event]) -> None:
        """Keep the newest event per key; the one it replaces counts as missed."""
        for event in events:
            slot = (event.topic, event.name, event.key)
            if self._latest.pop(slot, None) is not None:
                self.missed += 1
            self._latest[slot] = event

    def keep_position(self, topic: str, first: Event) -> None:
        """Note that everything of an ordered topic from ``first`` on is still to be sent."""
        self._resume.setdefault(topic, first.position - 1)

    def resume_after(self, topic: str, position: int) -> None:
        """Note that everything of an ordered topic after ``position`` is still to be sent."""
        self._resume.setdefault(topic, position)

    def forget(self, topic: str) -> None:
        """Drop what is kept of a topic: the socket unsubscribed, or starts anew with a history."""
        self._resume.pop(topic, None)
        for slot in [slot for slot in self._latest if slot[0] == topic]:
            del self._latest[slot]

    def take_latest(self) -> list[Event]:
        """Return what is kept of latest topics, oldest first, and forget it."""
        events = list(self._latest.values())
        self._latest.clear()
        return events

    def take_missed(self) -> int:
        """Return how many were missed since the last call."""
        missed, self.missed = self.missed, 0
        return missed

    def resume(self) -> tuple[str, int] | None:
        """Return one ordered topic that is behind, and the position after which it goes on; None when none is."""
        return next(iter(self._resume.items()), None)

    def caught_up(self, topic: str, position: int | None) -> None:
        """Move the position of an ordered topic on; None says that nothing is left."""
        if position is None:
            self._resume.pop(topic, None)
        elif topic in self._resume:
            self._resume[topic] = position

    def empty(self) -> bool:
        """Tell whether the socket has everything."""
        return not self._latest and not self._resume
