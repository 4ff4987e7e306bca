"""Writes: hosts and snapshots. Every function is one transaction's worth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection, transaction
from msgspec import UNSET, UnsetType

from metrics.history.rollup import LATE_MS, late_mark
from metrics.history.tiers import hours_of
from metrics.messages import SystemStatus
from metrics.models import Host, ProcessSample, Snapshot

COLUMNS = tuple(
    field.name
    for field in Snapshot._meta.get_fields()
    if field.name in SystemStatus.__struct_fields__ and field.name not in ("host",)
)
"""The fields that a reading and a row share."""
JSON_COLUMN = "cpu_per_core"
# Plain SQL, which both databases take: this is written once a second for each host, and the ORM's compiling of a
# statement costs several times what the database needs for it.
INSERT = (
    f"INSERT INTO {Snapshot._meta.db_table} (host_id, {', '.join(COLUMNS)}) "  # noqa: S608 - names of ours
    f"VALUES ({', '.join(['%s'] * (len(COLUMNS) + 1))}) ON CONFLICT DO NOTHING"
)
SEEN = (
    f"UPDATE {Host._meta.db_table} SET version = %s, "  # noqa: S608 - as above
    "last_seen = CASE WHEN last_seen < %s OR last_seen > %s THEN %s ELSE last_seen END WHERE id = %s"
)
AHEAD_MS = 60_000
"""A host that was last seen so far in the future had a wrong clock, and would not be seen again until that moment."""


def host_ensure(*, name: str) -> Host:
    """Return the host of that name, made when it is new."""
    return Host.objects.get_or_create(name=name)[0]


def snapshots_store(*, host: Host, readings: Sequence[SystemStatus], now: int | None = None) -> int:
    """Store readings of one host; one that is stored already is left as it is. Return how many were taken.

    The hours of those that come late (``now`` is in ms) are marked, so that their buckets are built anew.
    """
    if not readings:
        return 0
    now = time.time_ns() // 1_000_000 if now is None else now
    with transaction.atomic():
        readings = _not_doubled(host, readings, now)
        if not readings:
            return 0
        with connection.cursor() as cursor:
            rows = [_row(host.pk, reading) for reading in readings]
            if len(rows) == 1:
                cursor.execute(INSERT, rows[0])
            else:
                cursor.executemany(INSERT, rows)
            newest = readings[-1]
            moment = newest.timestamp
            cursor.execute(SEEN, [newest.version[:40], moment, now + AHEAD_MS, moment, host.pk])
        samples = [
            ProcessSample(host=host, timestamp=reading.timestamp, processes=msgspec.to_builtins(reading.processes))
            for reading in readings
            if not isinstance(reading.processes, UnsetType)
        ]
        if samples:
            ProcessSample.objects.bulk_create(samples, ignore_conflicts=True)
    return len(readings)


def _not_doubled(host: Host, readings: Sequence[SystemStatus], now: int) -> Sequence[SystemStatus]:
    """Mark the hours of late readings; return the readings without those that can't be known to be new.

    Where readings were deleted already, nothing shows that one was there: only what is newer than everything that came
    from this host before is taken.
    """
    late = hours_of([reading.timestamp for reading in readings if reading.timestamp < now - LATE_MS])
    if not late:
        return readings
    pruned = late_mark(host=host.pk, hours=late)
    if late[0] >= pruned:
        return readings
    seen = Host.objects.values_list("last_seen", flat=True).get(pk=host.pk)
    return [reading for reading in readings if reading.timestamp >= pruned or reading.timestamp > seen]


def _row(host_id: int, reading: SystemStatus) -> list[Any]:
    row: list[Any] = [host_id]
    for name in COLUMNS:
        value = getattr(reading, name)
        if value is UNSET or value is None:
            row.append(None)
        else:
            row.append(connection.ops.adapt_json_value(value, None) if name == JSON_COLUMN else value)
    return row
