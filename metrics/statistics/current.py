"""The newest statistics that this process has read: what is pushed, and what is answered while the database is gone."""

from __future__ import annotations

import threading

from metrics.messages import SystemStats
from metrics.statistics.bucket import Bucket
from metrics.statistics.periods import PERIODS, periods, stats_of

_lock = threading.Lock()
_newest: list[SystemStats] = []


def refresh(now: int) -> list[SystemStats]:
    """Read the statistics of every period up to ``now`` (ms), and remember them.

    Raises:
        DatabaseError: when they can't be read.
    """
    found = periods(now=now)
    with _lock:
        _newest[:] = found
    return found


def newest(now: int) -> list[SystemStats]:
    """Return what was read last; zeros at ``now`` (ms) before that. Touches no database."""
    with _lock:
        return list(_newest) or [stats_of(name, Bucket(), seconds, now) for name, seconds in PERIODS]
