"""Writes: hosts and snapshots. Every function is one transaction's worth."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import transaction
from msgspec import UNSET, UnsetType

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


def snapshots_store(*, host: Host, readings: Sequence[SystemStatus]) -> None:
    """Store readings of one host; one that is stored already is left as it is."""
    if not readings:
        return
    with transaction.atomic():
        Snapshot.objects.bulk_create([_snapshot(host, reading) for reading in readings], ignore_conflicts=True)
        samples = [
            ProcessSample(host=host, timestamp=reading.timestamp, processes=msgspec.to_builtins(reading.processes))
            for reading in readings
            if not isinstance(reading.processes, UnsetType)
        ]
        if samples:
            ProcessSample.objects.bulk_create(samples, ignore_conflicts=True)
        newest = readings[-1]
        Host.objects.filter(pk=host.pk).update(last_seen=newest.timestamp, version=newest.version[:40])


def _snapshot(host: Host, reading: SystemStatus) -> Snapshot:
    values = {name: getattr(reading, name) for name in COLUMNS}
    return Snapshot(host=host, **{name: None if value is UNSET else value for name, value in values.items()})


def snapshots_prune(*, before: int, limit: int = 5_000) -> int:
    """Delete up to ``limit`` snapshots and process samples older than ``before`` (ms); return how many went."""
    count = 0
    for model in (Snapshot, ProcessSample):
        old = model.objects.filter(timestamp__lt=before).order_by("timestamp").values_list("pk", flat=True)[:limit]
        count += model.objects.filter(pk__in=list(old)).delete()[0]
    return count
