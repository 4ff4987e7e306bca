"""The newest events of a topic, in memory: what a subscriber gets as history without asking the database."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable

from realtime.topics import Event, Topic

PER_KEY = 100
"""Entries kept per key of a ``latest`` topic: the most that ``history`` may ask for."""
ORDERED = 1000
"""Events kept of an ``ordered`` topic: how far back a socket resumes without the database."""


class Recent:
    """Events of one topic, oldest first, with the history entries cut out of them once."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._latest: dict[str, deque[tuple[Event, bytes]]] = {}
        self._ordered: deque[tuple[Event, bytes]] = deque(maxlen=ORDERED)
        self.changes = 0
        """Counts every change; a cache of what ``newest`` returned is good while it stays the same."""

    def seed(self, events: Iterable[Event]) -> None:
        """Replace everything with events read from the database, oldest first."""
        self._latest.clear()
        self._ordered.clear()
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take the newest event."""
        self.changes += 1
        item = (event, self._topic.entry_of(event.data))
        if self._topic.delivery == "ordered":
            self._ordered.append(item)
            return
        ring = self._latest.get(event.key)
        if ring is None:
            ring = self._latest[event.key] = deque(maxlen=PER_KEY)
        ring.append(item)

    def forget(self, key: str) -> None:
        """Let go of everything about one key of a ``latest`` topic."""
        if self._latest.pop(key, None) is not None:
            self.changes += 1

    def newest(self, limit: int) -> list[tuple[Event, bytes]]:
        """Return the newest events with their entries, oldest first: ``limit`` per key, or in all (ordered)."""
        if limit == 0:
            return []
        if self._topic.delivery == "ordered":
            return list(self._ordered)[-limit:]
        found = [item for ring in self._latest.values() for item in list(ring)[-limit:]]
        if len(self._latest) > 1:
            found.sort(key=lambda item: item[0].position)
        return found

    def current(self) -> list[Event]:
        """Return the newest event of each key (``latest`` topics)."""
        return [ring[-1][0] for ring in self._latest.values() if ring]

    def after(self, position: int) -> list[tuple[Event, bytes]] | None:
        """Return everything after ``position``, or None when it may reach further back than what is kept."""
        if self._topic.delivery == "ordered":
            items = list(self._ordered)
            if not items or items[0][0].position > position + 1:
                return None
            return items[bisect_right(items, position, key=lambda item: item[0].position) :]
        items = self.newest(PER_KEY)
        if any(len(ring) == PER_KEY and ring[0][0].position > position for ring in self._latest.values()):
            return None
        return items[bisect_right(items, position, key=lambda item: item[0].position) :]
