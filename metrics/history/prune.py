"""Deletes what is older than it is kept for, a little at a time."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from metrics.history.tiers import BUCKET_TIERS, HOUR, RAW, TIERS, kept
from metrics.models import Bucket, Host, LateHour, ProcessSample, Rollup, Snapshot

CHUNK = 2_000
"""Rows deleted by one statement where nothing hangs on doing it at once."""
HOURS_AT_ONCE = 6
"""The most hours of readings that one call deletes for a host, each in a transaction of its own."""


def retention() -> dict[str, int]:
    """Return the settings of the tiers by name."""
    return {tier.setting: getattr(settings, tier.setting) for tier in TIERS}


def host_prune(*, host: int, now: int) -> int:
    """Delete old readings, process samples and buckets of one host; return how many rows went. Times in ms."""
    values = retention()
    oldest = now - kept(RAW, values)
    count = _readings_prune(host, oldest)
    count += _chunk(ProcessSample.objects.filter(host_id=host, timestamp__lt=oldest).order_by("timestamp"))
    for tier in BUCKET_TIERS:
        # an hour more than is shown, so that a chart of exactly that long does not lose its edge
        before = now - kept(tier, values) - HOUR
        count += _chunk(Bucket.objects.filter(host_id=host, step=tier.step, start__lt=before).order_by("start"))
    return count


def _chunk(rows: object) -> int:
    found = list(rows.values_list("pk", flat=True)[:CHUNK])  # type: ignore[attr-defined]
    return int(rows.model.objects.filter(pk__in=found).delete()[0]) if found else 0  # type: ignore[attr-defined]


def _readings_prune(host: int, oldest: int) -> int:
    """Delete readings by whole hours, each at once: what is left before ``pruned_until`` is then known to be late."""
    count = 0
    for _ in range(HOURS_AT_ONCE):
        with transaction.atomic():
            state = Rollup.objects.select_for_update().filter(host_id=host).first()
            if state is None:
                return count
            rows = Snapshot.objects.filter(host_id=host, timestamp__gte=state.pruned_until)
            first = rows.order_by("timestamp").values_list("timestamp", flat=True).first()
            if first is None:
                return count
            end = first // HOUR * HOUR + HOUR
            missing = rows.filter(timestamp__gte=state.rolled_until, timestamp__lt=end).exists()
            waiting = LateHour.objects.filter(host_id=host, hour__lt=end).exists()
            if end > oldest or missing or waiting:
                return count
            count += rows.filter(timestamp__lt=end)._raw_delete("default")
            state.pruned_until = end
            state.save(update_fields=["pruned_until"])
    return count


def all_prune(*, now: int) -> int:
    """Prune every host; return how many rows went."""
    return sum(host_prune(host=host, now=now) for host in Host.objects.order_by("pk").values_list("pk", flat=True))
