"""Takes pushed readings the way that a local one goes: stored, compared, judged, published.

Unlike the detector, it keeps nothing in memory: what the database does not take is refused, and the sender, who has it
on disk, comes again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from django.conf import settings

from metrics.messages import SystemStatus
from metrics.models import Host
from metrics.pipeline import Pipeline

LIVE_MS = 15_000
"""Readings that are older are history: stored, but neither judged nor pushed as if they were now."""


class Receiver:
    """One pipeline per pushing host of this process."""

    def __init__(self, started: float | None = None) -> None:
        started = time.time() if started is None else started
        grace = settings.PRESENCE_ALERT_GRACE
        # without one, the reading that this was made for is judged too, though it came a moment earlier
        self._grace_until = int((started + grace) * 1000) if grace else 0
        self._lock = threading.Lock()
        self._pipelines: dict[str, tuple[threading.Lock, Pipeline]] = {}

    def take(self, *, host: Host, readings: Sequence[SystemStatus], now: int) -> int:
        """Store readings of a host (oldest first), all or none; return how many were new. ``now`` in ms.

        Raises:
            DatabaseError: nothing was stored.
        """
        with self._lock:
            if host.name not in self._pipelines:
                pipeline = Pipeline(host.name, grace_until=self._grace_until)
                self._pipelines[host.name] = (threading.Lock(), pipeline)
            lock, pipeline = self._pipelines[host.name]
        with lock:
            return pipeline.push(host, readings, live_from=now - LIVE_MS)


_receiver: Receiver | None = None
_making = threading.Lock()


def receiver() -> Receiver:
    """Return this process's receiver."""
    global _receiver  # noqa: PLW0603 - one per process
    with _making:
        if _receiver is None:
            _receiver = Receiver()
        return _receiver
