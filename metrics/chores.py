"""What each process does beside its work, on a thread of its own: store its statistics, build and prune the history.

Every process may do all of it at once: rows are locked in turn, and what one has done another finds done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection

from metrics.history.prune import all_prune
from metrics.history.rollup import host_roll, hosts_due
from metrics.statistics import current
from metrics.statistics.recorder import Recorder, recorder
from metrics.statistics.store import buckets_store, requests_prune, requests_roll
from realtime.registry import process_name

logger = logging.getLogger(__name__)
FIRST_SECONDS, LEAST_SECONDS = 0.5, 0.05
PAUSE_SECONDS = 0.01
"""Between two hosts, so that a roll-up of a hundred of them does not keep the detector from the database."""


@dataclass
class Chore:
    """Something to do every ``every`` s."""

    name: str
    every: float
    work: Callable[[int], object]
    """Called with the time in ms; may raise ``DatabaseError``."""
    due: float = field(default=0.0)
    trouble: bool = False


class Chores:
    """Does what is due. ``run_due`` is one round; the thread only repeats it.

    ``reads``: whether anybody in this process wants everybody's statistics; a detector has no sockets to push them to.
    """

    def __init__(self, counts: Recorder = recorder, process: str | None = None, *, reads: bool = True) -> None:
        self._counts = counts
        self._reads = reads
        self._process = process or process_name()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.list = [
            Chore("storing statistics", settings.PRESENCE_STATS_SECONDS, self.statistics),
            Chore("building the history", 10, self.history),
            Chore("deleting old statistics", 60, self.statistics_prune),
            Chore("deleting old readings", 600, self.prune),
        ]

    # --- the chores ---

    def statistics(self, now: int) -> None:
        """Store this process's counts, merge what is over, read everybody's."""
        try:
            buckets = self._counts.changed()
            buckets_store(source="", process=self._process, buckets=buckets)
            self._counts.stored(now / 1000)
        finally:
            self._counts.forget(now / 1000)
        requests_roll(now=now)
        if self._reads:
            current.refresh(now)

    def history(self, now: int) -> None:
        """Build the buckets of every host that is due."""
        for host in hosts_due(now=now):
            host_roll(host=host, now=now)
            if self._stop.wait(PAUSE_SECONDS):
                return

    def prune(self, now: int) -> None:
        """Delete readings and buckets that are older than they are kept for: by the hour, so often is enough."""
        all_prune(now=now)

    def statistics_prune(self, now: int) -> None:
        """Delete statistics that are older than they are kept for."""
        requests_prune(now=now)

    # --- the loop ---

    def run_due(self, *, now: int, clock: float) -> list[str]:
        """Do what is due; return the names. ``now`` in ms since the epoch, ``clock`` in s of a monotonic clock."""
        done = []
        for chore in self.list:
            if clock < chore.due:
                continue
            chore.due = clock + chore.every
            try:
                chore.work(now)
            except DatabaseError as error:
                if not chore.trouble:
                    logger.warning("The database does not take %s: %s", chore.name, error)
                chore.trouble = True
            else:
                chore.trouble = False
            done.append(chore.name)
        return done

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="chores", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        wait = FIRST_SECONDS
        while not self._stop.wait(wait):
            self._round()
            wait = max(LEAST_SECONDS, min(chore.due for chore in self.list) - time.monotonic())
        for chore in self.list:
            chore.due = 0.0 if chore.work == self.statistics else float("inf")
        self._round()
        connection.close()

    def _round(self) -> None:
        try:
            self.run_due(now=time.time_ns() // 1_000_000, clock=time.monotonic())
        except Exception:  # a round that fails must not end the others
            logger.exception("A chore failed.")
        finally:
            connection.close_if_unusable_or_obsolete()

    def stop(self, timeout: float = 5.0) -> None:
        """End with everything counted stored."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)


_chores: Chores | None = None


def start(*, reads: bool = True) -> Chores:
    """Start this process's chores, once."""
    global _chores  # noqa: PLW0603 - one per process
    if _chores is None:
        _chores = Chores(reads=reads)
        _chores.start()
    return _chores


def stop() -> None:
    """Stop this process's chores, if they run."""
    if _chores is not None:
        _chores.stop()
