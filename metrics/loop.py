"""The detector's loop: one tick a second without drift, on a thread or in a process of its own."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from metrics.collectors import Collector
from metrics.notify.sender import Sender
from metrics.pipeline import Pipeline
from metrics.watch import Watch
from presence_site import VERSION
from realtime.hub import local_connections

logger = logging.getLogger(__name__)

FIRST_READING_SECONDS = 0.25
"""Rates need two readings: the first tick comes this long after the collector was made, not with zeros at once."""
LOCK_MS = 400
"""How long a tick waits for a locked SQLite database: less than the interval, so that sampling goes on meanwhile."""


def next_due(due: float, interval: float, now: float) -> float:
    """Return when the tick after the one that was due at ``due`` comes. All in s of a monotonic clock.

    Ticks stay on the grid of the first one; those that were missed are skipped, never made up for in a burst.
    """
    missed = max(0, int((now - due) // interval))
    return due + (missed + 1) * interval


class Detector:
    """Samples this host until it is told to stop."""

    def __init__(self, *, host: str, interval: float, disk_path: str = "/", grace: float = 0.0) -> None:
        self._host = host
        self._interval = interval
        self._disk_path = disk_path
        self._grace = grace
        self._stop = threading.Event()
        self._patient: Any = None

    def stop(self) -> None:
        """Ask the loop to end after the tick it is in."""
        self._stop.set()

    def run(self, *, ticks: int | None = None) -> None:
        """Tick until stopped, or ``ticks`` times; then store what is left."""
        collector = Collector(host=self._host, version=VERSION, disk_path=self._disk_path)
        grace_until = int((time.time() + self._grace) * 1000)
        pipeline, watch, sender = (
            Pipeline(self._host, grace_until=grace_until),
            Watch(grace_until=grace_until),
            Sender(),
        )
        due = time.monotonic() + FIRST_READING_SECONDS
        done = 0
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._tick(collector, pipeline, watch, sender)
            done += 1
            if ticks is not None and done >= ticks:
                break
            due = next_due(due, self._interval, time.monotonic())
        sender.stop()
        pipeline.flush()
        connection.close()

    def _tick(self, collector: Collector, pipeline: Pipeline, watch: Watch, sender: Sender) -> None:
        try:
            self._connection_ready()
            reading = collector.read()
            reading.web_socket_connections = local_connections()
            pipeline.tick(reading)
            watch.step(time.time_ns() // 1_000_000)
            sender.look(time.monotonic())
        except Exception:  # a tick that fails must not end the watching; the next one is a second away
            logger.exception("A tick failed.")
        finally:
            if connection.errors_occurred:  # looked at only then: PostgreSQL is asked whether it is still there
                connection.close_if_unusable_or_obsolete()

    def _connection_ready(self) -> None:
        """Let a new connection of this thread stay, and wait for a lock for less than a tick."""
        if connection.connection is None or connection.connection is not self._patient:
            patience_shorten()
            connection.close_at = None  # the loop finds out by an error that it is gone, and keeps the reading
            self._patient = connection.connection


def patience_shorten() -> None:
    """Let this thread's connection wait for a lock for less than a tick."""
    try:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
        else:
            connection.ensure_connection()
    except DatabaseError:  # the tick itself will say so
        pass


class DetectorThread:
    """The detector beside the web server, when everything runs in one process."""

    def __init__(self) -> None:
        self._detector = Detector(
            host=settings.PRESENCE_HOST_NAME,
            interval=settings.PRESENCE_INTERVAL,
            disk_path=settings.PRESENCE_DISK_PATH,
            grace=settings.PRESENCE_ALERT_GRACE,
        )
        self._thread = threading.Thread(target=self._detector.run, name="detector", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End after the current tick, with everything stored."""
        self._detector.stop()
        self._thread.join(timeout)
