"""Writes of request statistics: rows per process, merged into minutes and hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from metrics.models import RequestBucket
from metrics.statistics.bucket import Bucket
from metrics.statistics.sketch import Sketch

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
FINE_KEPT_MS = 3 * HOUR_MS
"""Ten-second rows: longer than anything may come late, because minutes are built from them."""
LATE_MS = HOUR_MS
"""The oldest bucket that an application may hand in."""
SETTLE_MS = 10_000
"""A minute is merged this long after its end, when most processes have stored theirs; later ones merge it again."""
GROUPS_AT_ONCE = 500
CHUNK = 2_000


@dataclass(frozen=True)
class Level:
    """Rows of ``step`` s are merged into rows of ``into`` s."""

    step: int
    into: int


LEVELS = (Level(10, 60), Level(60, 3600))


def row_of(*, source: str, kind: str, process: str, step: int, bucket: Bucket, rolled: bool = False) -> RequestBucket:
    """Return the row that holds a bucket."""
    return RequestBucket(
        source=source,
        kind=kind,
        process=process,
        step=step,
        start=bucket.start,
        total=bucket.total,
        error=bucket.error,
        sum=bucket.sum,
        sketch=bucket.sketch.to_bytes(),
        rolled=rolled,
    )


@lru_cache(maxsize=2_000)
def _sketch(data: bytes) -> Sketch:
    return Sketch.from_bytes(data)  # a day's periods read the same closed rows every few seconds


def bucket_of(row: RequestBucket) -> Bucket:
    """Return the bucket that a row holds; to be merged into others, never the other way."""
    return Bucket(row.start, row.total, row.error, row.sum, _sketch(bytes(row.sketch)))


def buckets_store(*, source: str, process: str, buckets: Iterable[tuple[str, Bucket]]) -> None:
    """Store ten-second buckets of one process as they stand now, in place of what it stored of them before."""
    rows = [row_of(source=source, kind=kind, process=process, step=10, bucket=bucket) for kind, bucket in buckets]
    if rows:
        _upsert(rows)


def _upsert(rows: list[RequestBucket]) -> None:
    RequestBucket.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source", "kind", "step", "start", "process"],
        update_fields=["total", "error", "sum", "sketch", "rolled"],
    )


def requests_roll(*, now: int) -> int:
    """Merge what is over into minutes and hours (``now`` in ms); return how many rows were built."""
    count = 0
    for level in LEVELS:
        width = level.into * 1000
        before = (now - SETTLE_MS) // width * width
        rows = RequestBucket.objects.filter(step=level.step, rolled=False, start__lt=before).order_by("start")
        found = rows.values_list("source", "kind", "start")[: GROUPS_AT_ONCE * 6]
        groups = sorted({(source, kind, start // width * width) for source, kind, start in found})[:GROUPS_AT_ONCE]
        for source, kind, start in groups:
            _merge(level, source, kind, start)
        count += len(groups)
    return count


def _merge(level: Level, source: str, kind: str, start: int) -> None:
    """Build one wider row from all that it covers. Its parts are locked, so none can change unseen meanwhile."""
    with transaction.atomic():
        parts = RequestBucket.objects.select_for_update().filter(
            source=source, kind=kind, step=level.step, start__gte=start, start__lt=start + level.into * 1000
        )
        whole, done = Bucket(start), []
        for row in parts.order_by("pk"):
            whole.merge(bucket_of(row))
            done.append(row.pk)
        last = level is LEVELS[-1]
        _upsert([row_of(source=source, kind=kind, process="", step=level.into, bucket=whole, rolled=last)])
        RequestBucket.objects.filter(pk__in=done).update(rolled=True)


def requests_prune(*, now: int) -> int:
    """Delete rows that are older than they are kept for, some thousands at most; return how many went."""
    kept = {10: FINE_KEPT_MS, 60: settings.PRESENCE_MINUTES_DAYS * DAY_MS, 3600: settings.PRESENCE_HOURS_DAYS * DAY_MS}
    count = 0
    for step, age in kept.items():
        old = RequestBucket.objects.filter(step=step, start__lt=now - age)
        if step == 10:
            old = old.filter(rolled=True)
        found = list(old.values_list("pk", flat=True)[:CHUNK])
        count += RequestBucket.objects.filter(pk__in=found).delete()[0] if found else 0
    return count
