"""One tick, in order, on one page: read, store, detect, judge, publish.

    psutil -> collectors.py -> HERE -> services.py (stored) -> detector.py (changed?) -> alerts.py (judged)
    -> realtime/publisher.py -> every hub -> every browser

``Pipeline.tick`` is called once a second for each host. It never raises for a database that is locked, full or gone:
what was read is kept and stored when it can be, and the live value goes out all the same.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError

from metrics import alert_selectors, alerting, selectors, services
from metrics.detector import detect_changes, priority_of
from metrics.messages import Change, StatusUpdate, SystemStatus
from metrics.models import Host
from metrics.windows import Windows
from realtime import publisher

logger = logging.getLogger(__name__)

BACKLOG = 3_600
"""Readings kept while the database can't take them: an hour at one a second, some 4 MB."""
STORE_AT_ONCE = 500


@dataclass(frozen=True)
class Tick:
    """What one tick did."""

    status: SystemStatus
    changes: list[Change]
    stored: int
    """Readings written by this tick; 0 while the database does not take them."""
    transitions: int


class Pipeline:
    """The state that one host's ticks hand on: the reading before, and what could not be stored yet."""

    def __init__(self, host: str, *, grace_until: int = 0, warn: Callable[[str], None] = logger.error) -> None:
        self._name = host
        self._host: Host | None = None
        self._grace_until = grace_until
        self._previous: SystemStatus | None = None
        self._backlog: deque[SystemStatus] = deque(maxlen=BACKLOG)
        self._position = 0
        self._windows = Windows()
        self._trouble = False
        self._warn = warn

    def tick(self, reading: SystemStatus) -> Tick:
        """Take one reading all the way to the browsers."""
        changes = detect_changes(self._previous, reading)
        self._previous = reading
        self._backlog.append(reading)
        stored, transitions = self._store_and_judge(reading)
        self._publish(reading, changes)
        return Tick(reading, changes, stored, transitions)

    def push(self, host: Host, readings: Sequence[SystemStatus], *, live_from: int) -> int:
        """Take what a host has pushed, oldest first: stored, all or none; return how many were new.

        Only what is newer than all before and not older than ``live_from`` (ms) is judged and published: the rest is
        history.

        Raises:
            DatabaseError: nothing was stored.
        """
        fresh = selectors.readings_unknown(host=host, readings=readings)
        stored = services.snapshots_store(host=host, readings=fresh)
        live = [reading for reading in fresh if reading.timestamp >= max(live_from, host.last_seen + 1)]
        if live:
            self._follow(host, live[0])
        for reading in live:
            changes = detect_changes(self._previous, reading)
            self._previous = reading
            try:
                self._judge(reading)
            except DatabaseError as error:  # stored it is; the next one is judged a second later
                self._warn(f"A reading of {self._name} could not be judged: {error}")
            self._publish(reading, changes)
        return stored

    def _follow(self, host: Host, first: SystemStatus) -> None:
        """Find the reading before the first one: another process may have taken it."""
        self._host = host
        if self._previous is None or self._previous.timestamp != host.last_seen:
            before = selectors.statuses_newest(host=host, limit=1, before=first.timestamp)
            self._previous = before[0] if before else None
        if not self._position:
            self._position = alert_selectors.health_position()

    def _publish(self, reading: SystemStatus, changes: list[Change]) -> None:
        publisher.publish(
            topic="status",
            event="status_update",
            data=StatusUpdate(reading.host, reading, changes, reading.timestamp),
            position=reading.timestamp,
            key=reading.host,
            priority=priority_of(changes),
            host=reading.host,
            marks={"health": self._position},
        )

    def flush(self) -> int:
        """Store what is kept, for a clean end; return how many readings are still not stored."""
        try:
            self._store()
        except DatabaseError as error:
            self._warn(f"{len(self._backlog)} readings of {self._name} could not be stored: {error}")
        return len(self._backlog)

    def _store_and_judge(self, reading: SystemStatus) -> tuple[int, int]:
        try:
            stored = self._store()
            transitions = self._judge(reading)
        except DatabaseError as error:
            self._host = None  # deleted between storing and judging, perhaps: the next tick makes it anew
            if not self._trouble:
                self._warn(f"The database does not take readings ({error}); they are kept in memory until it does.")
            self._trouble = True
            return 0, 0
        if self._trouble:
            logger.info("The database takes readings again; %s that were kept are stored.", stored)
            self._trouble = False
        return stored, transitions

    def _store(self) -> int:
        try:
            return self._backlog_store()
        except IntegrityError:  # the host was deleted while it is watched: it is made anew
            self._host = None
            return self._backlog_store()

    def _backlog_store(self) -> int:
        if self._host is None:
            self._host = services.host_ensure(name=self._name)
            self._position = alert_selectors.health_position()
        stored = 0
        while self._backlog:
            readings = [self._backlog[i] for i in range(min(STORE_AT_ONCE, len(self._backlog)))]
            services.snapshots_store(host=self._host, readings=readings)
            for _ in readings:
                self._backlog.popleft()
            stored += len(readings)
        return stored

    def _judge(self, reading: SystemStatus) -> int:
        # No transaction around it: mostly nothing changes, and what does is one of its own for each rule.
        assert self._host is not None
        grace = reading.timestamp < self._grace_until
        made = alerting.rules_judge(host=self._host, reading=reading, grace=grace, windows=self._windows)
        if made:
            self._position = made[-1].pk
            publisher.hint(topic="health", position=self._position)
        return len(made)
