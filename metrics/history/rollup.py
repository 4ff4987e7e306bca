"""Builds the buckets. Building anew is the only way they change, so a restart neither loses nor doubles a reading.

For each host ``Rollup.rolled_until`` says up to where its buckets are built. Every minute they are built on from a
little before there. Readings that come later than that leave a mark (``LateHour``) in the transaction that stores them,
and the whole hour is built anew. Only where the hour's readings were deleted already are late ones *added*, and
deleted with that: once each, whatever stops the process in between.
"""

from __future__ import annotations

from django.db import connection, transaction

from metrics.history import sql
from metrics.history.tiers import BUCKET_TIERS, HOUR, MINUTE, RAW, TIERS
from metrics.models import Host, LateHour, Rollup, Snapshot

LATE_MS = MINUTE
"""A reading that is stored this long after it was taken is late."""
OVERLAP_MS = 3 * MINUTE
"""Built again each time: a transaction that was still open the last time may have held readings that are not late."""
SILENT_MS = 5 * MINUTE
"""A host that was not heard of for this long has its last minute built though it is not over."""
ROLL_EVERY_MS = 55_000
AT_ONCE_MS = 6 * HOUR
"""The most that one transaction builds: after a long stop there may be a day to do."""


def hosts_due(*, now: int) -> list[int]:
    """Return the hosts whose buckets were not built within the last minute, and have something to build."""
    fresh = Rollup.objects.filter(rolled_at__gt=now - ROLL_EVERY_MS).values("pk")
    return list(Host.objects.filter(last_seen__gt=0).exclude(pk__in=fresh).order_by("pk").values_list("pk", flat=True))


def host_roll(*, host: int, now: int) -> int:
    """Build the buckets of one host on; return up to where (ms) they are built now.

    Any number of processes may do so at once: each host is locked in turn.
    """
    while True:
        with transaction.atomic():
            state = _locked(host)
            for hour in list(LateHour.objects.filter(host_id=host).order_by("hour")[:24]):
                _hour_rebuild(hour, state)
            goal = _goal(host, now)
            start = _next(host, max(state.rolled_until - OVERLAP_MS, state.pruned_until), goal)
            until = min(goal, start + AT_ONCE_MS)
            if until > start:
                _build(host, start, until)
            state.rolled_until = max(state.rolled_until, until)
            done = until >= goal and not LateHour.objects.filter(host_id=host).exists()
            if done:
                state.rolled_at = now
            state.save()
        if done:
            return state.rolled_until


def _locked(host: int) -> Rollup:
    Rollup.objects.get_or_create(host_id=host)
    return Rollup.objects.select_for_update().get(host_id=host)


def _goal(host: int, now: int) -> int:
    """Return the end of the last minute that is over for this host (its own clock decides)."""
    seen = Host.objects.values_list("last_seen", flat=True).get(pk=host)
    whole = seen // MINUTE * MINUTE
    return whole + MINUTE if now - seen > SILENT_MS else whole


def _next(host: int, start: int, goal: int) -> int:
    """Return the minute of the first reading from ``start`` on, so that a long silence is skipped at once."""
    rows = Snapshot.objects.filter(host_id=host, timestamp__gte=start).order_by("timestamp")
    first = rows.values_list("timestamp", flat=True).first()
    return goal if first is None else first // MINUTE * MINUTE


def _build(host: int, start: int, end: int) -> None:
    """Build every tier from the next narrower one, in whole buckets around the range."""
    with connection.cursor() as cursor:
        for source, tier in zip(TIERS, BUCKET_TIERS, strict=False):
            whole = (start // tier.width * tier.width, -(-end // tier.width) * tier.width)
            cursor.execute(sql.build(tier, source), [host, *whole])


def _hour_rebuild(late: LateHour, state: Rollup) -> None:
    if late.hour >= state.pruned_until:
        _build(late.host_id, late.hour, late.hour + HOUR)
    else:
        rows = [late.host_id, late.hour, late.hour + HOUR]
        with connection.cursor() as cursor:
            for tier in BUCKET_TIERS:
                cursor.execute(sql.build(tier, RAW, add=True), rows)
            cursor.execute(f"DELETE {sql.rows_of(RAW)}", rows)
    late.delete()


def late_mark(*, host: int, hours: list[int]) -> int:
    """Mark hours to be built anew, within the transaction that stores their readings; return ``pruned_until`` (ms).

    Takes the host's lock, so that nobody deletes the readings of these hours meanwhile.
    """
    state = _locked(host)
    LateHour.objects.bulk_create([LateHour(host_id=host, hour=hour) for hour in hours], ignore_conflicts=True)
    Rollup.objects.filter(pk=host).update(rolled_at=0)
    return state.pruned_until
