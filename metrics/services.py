"""Writes: hosts and snapshots. Every function is one transaction's worth."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from django.db import transaction
from django.db.models.functions import Greatest
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
        Snapshot.objects.bulk_create([_snapshot(host, reading) for reading in readings], ignore_conflicts=True)
        samples = [
            ProcessSample(host=host, timestamp=reading.timestamp, processes=msgspec.to_builtins(reading.processes))
            for reading in readings
            if not isinstance(reading.processes, UnsetType)
        ]
        if samples:
            ProcessSample.objects.bulk_create(samples, ignore_conflicts=True)
        if readings:
            newest = readings[-1]
            seen = Greatest("last_seen", newest.timestamp)
            Host.objects.filter(pk=host.pk).update(last_seen=seen, version=newest.version[:40])
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


def _snapshot(host: Host, reading: SystemStatus) -> Snapshot:
    values = {name: getattr(reading, name) for name in COLUMNS}
    return Snapshot(host=host, **{name: None if value is UNSET else value for name, value in values.items()})
