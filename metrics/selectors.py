"""Reads: the newest snapshots, a range as aligned buckets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Avg, F, Max, Min, QuerySet
from django.db.models.functions import Floor

from metrics.messages import StatsUpdate, StatusUpdate, SystemStatus
from metrics.models import Epoch, Host, Snapshot
from metrics.requests import stats
from metrics.services import COLUMNS
from realtime.hub import running_hub
from realtime.recent import PER_KEY
from realtime.topics import Event

SERIES: dict[str, str] = {
    "cpuUsage": "cpu_usage",
    "memoryUsage": "memory_usage",
    "diskUsage": "disk_usage",
    "activeConnections": "active_connections",
    "load1": "load1",
    "swapUsage": "swap_usage",
    "networkReceived": "network_received",
    "networkSent": "network_sent",
    "diskRead": "disk_read",
    "diskWritten": "disk_written",
    "temperature": "temperature",
}
"""The series of a range, by their names on the wire."""
STEPS_MS = tuple(
    1000 * seconds
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
)
KINDS = (("avg", Avg), ("min", Min), ("max", Max))
_encode = msgspec.json.Encoder().encode


class _StatusOnly(msgspec.Struct):
    status: msgspec.Raw


_status_of = msgspec.json.Decoder(_StatusOnly)


def status_entry(data: bytes) -> bytes:
    """Cut the reading out of the JSON of a ``status_update``."""
    return bytes(_status_of.decode(data).status)


# --- snapshots ---


def status_of(row: Snapshot, host: Host) -> SystemStatus:
    """Return a stored snapshot as the reading it was."""
    values = {name: getattr(row, name) for name in COLUMNS}
    values = {name: value for name, value in values.items() if value is not None}
    return SystemStatus(host=host.name, system_online=True, version=host.version, **values)


def statuses_newest(*, host: Host, limit: int, before: int | None = None) -> list[SystemStatus]:
    """Return the newest readings of a host, older than ``before`` (ms) when given, oldest first."""
    rows = Snapshot.objects.filter(host=host)
    if before is not None:
        rows = rows.filter(timestamp__lt=before)
    return [status_of(row, host) for row in reversed(rows.order_by("-timestamp")[:limit])]


def status_events(limit: int) -> list[Event]:
    """Return the newest ``limit`` readings of each host as events, oldest first."""
    statuses = [status for host in Host.objects.all() for status in statuses_newest(host=host, limit=limit)]
    statuses.sort(key=lambda status: status.timestamp)
    return [
        Event(
            "status",
            "status_update",
            _encode(StatusUpdate(s.host, s, [], s.timestamp)),
            s.timestamp,
            s.host,
            host=s.host,
        )
        for s in statuses
    ]


def status_history(limit: int, before: int | None) -> list[bytes]:
    """Return the newest ``limit`` readings of all hosts as JSON, oldest first."""
    rows = Snapshot.objects.select_related("host")
    if before is not None:
        rows = rows.filter(timestamp__lt=before)
    return [_encode(status_of(row, row.host)) for row in reversed(rows.order_by("-timestamp")[:limit])]


@dataclass(frozen=True)
class Range:
    """A range of one host as columns. Times and step in ms; each series has ``avg``, ``min`` and ``max``."""

    step: int
    timestamps: list[int]
    series: dict[str, dict[str, list[float | None]]]


def step_for(*, start: int, end: int, points: int, interval: int = 1000) -> int:
    """Return the bucket width in ms that divides a range into at most ``points``, one of a few round ones.

    Buckets are aligned to the epoch, so the same moment always falls into the same bucket and a live chart does not
    shimmer. A range that begins within a bucket touches one bucket more.
    """
    wanted = max((end - start) / max(points, 1), interval)
    for step in STEPS_MS:
        if step >= wanted:
            return step
    day = STEPS_MS[-1]
    return int(-(-wanted // day) * day)


def status_range(*, host: Host, start: int, end: int, points: int) -> Range:
    """Return the readings of a host from ``start`` to before ``end`` (ms) in at most ``points`` aligned buckets."""
    step = step_for(start=start, end=end, points=points)
    rows = Snapshot.objects.filter(host=host, timestamp__gte=start, timestamp__lt=end)
    columns = list(SERIES.values())
    found = _raw(rows, columns, points) if step <= STEPS_MS[0] else None
    series: dict[str, dict[str, list[float | None]]] = {}
    if found is not None:
        for index, name in enumerate(SERIES, start=1):
            values = [row[index] for row in found]
            series[name] = {"avg": values, "min": values, "max": values}
        return Range(step, [row[0] for row in found], series)
    bucket = Floor(F("timestamp") / step) * step if connection.vendor != "sqlite" else (F("timestamp") / step) * step
    aggregates = {f"{c}_{word}": kind(c) for c in columns for word, kind in KINDS}
    buckets: Any = rows.annotate(bucket=bucket).values("bucket").annotate(**aggregates).order_by("bucket")
    grouped: list[dict[str, Any]] = list(buckets)
    series = {
        name: {
            "avg": [None if (v := row[f"{column}_avg"]) is None else round(v, 2) for row in grouped],
            "min": [row[f"{column}_min"] for row in grouped],
            "max": [row[f"{column}_max"] for row in grouped],
        }
        for name, column in SERIES.items()
    }
    return Range(step, [int(row["bucket"]) for row in grouped], series)


def _raw(rows: QuerySet[Snapshot], columns: list[str], points: int) -> list[tuple[Any, ...]] | None:
    """Return every reading as it is; None when there are more than ``points``, as with several a second."""
    found = list(rows.order_by("timestamp").values_list("timestamp", *columns)[: points + 2])
    return found if len(found) <= points + 1 else None


# --- request statistics ---


def stats_event() -> Event:
    """Return the request statistics of this process as an event."""
    now = time.time()
    return Event("stats", "stats_update", _encode(StatsUpdate(stats.read(now))), int(now * 1000))


def stats_between(*, start: int, end: int) -> list[Any]:
    """Return what this process remembers of its statistics from ``start`` to before ``end`` (ms), oldest first."""
    hub = running_hub()
    remembered = hub.feed.recent["stats"].newest(PER_KEY) if hub is not None else []
    return [msgspec.json.decode(entry) for event, entry in remembered if start <= event.position < end]


# --- numbering ---


def epoch() -> str:
    """Return the name of this database's numbering."""
    row = Epoch.objects.order_by("pk").first()
    return row.value if row else ""
