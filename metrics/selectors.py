"""Reads: the newest snapshots."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from metrics.messages import StatsUpdate, StatusUpdate, SystemStatus
from metrics.models import Epoch, Host, Snapshot
from metrics.services import COLUMNS
from metrics.statistics import current
from realtime.topics import Event

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


def readings_unknown(*, host: Host, readings: Sequence[SystemStatus]) -> list[SystemStatus]:
    """Return the readings that are not stored yet, each moment once."""
    once = {reading.timestamp: reading for reading in readings}
    asked = [moment for moment in once if moment <= host.last_seen]
    if asked:
        for moment in Snapshot.objects.filter(host=host, timestamp__in=asked).values_list("timestamp", flat=True):
            del once[moment]
    return list(once.values())


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
    # host by host: over all hosts at once no index has the order
    found = [status for host in Host.objects.all() for status in statuses_newest(host=host, limit=limit, before=before)]
    found.sort(key=lambda status: status.timestamp)
    return [_encode(status) for status in found[-limit:]]


# --- request statistics ---


def stats_event() -> Event:
    """Return the newest statistics, which are those of all processes, as an event. Runs on the event loop."""
    now = time.time_ns() // 1_000_000
    return Event("stats", "stats_update", _encode(StatsUpdate(current.newest(now))), now)


# --- numbering ---


def epoch() -> str:
    """Return the name of this database's numbering."""
    row = Epoch.objects.order_by("pk").first()
    return row.value if row else ""
