"""The outbox: what is to be told to whom, written with the transition and worked off later.

A row per transition and channel, unique, so any number of detectors and senders tell it once; twice only when a sender
dies between handing it over and saying so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet

from metrics.alerts import RANK
from metrics.models import Alert, AlertTransition, Channel, Delivery
from metrics.silences import Quiet, quiet_at

CLAIM_MS = 120_000
"""How long a sender may take before another one tries; well above the time-out of a hand-over."""
MOST_AT_ONCE = 100
SILENCE_LOOK_MS = 15_000
"""How often a notification that is held back by a silence is looked at again."""
FIRST_RETRY_MS = 15_000
LONGEST_RETRY_MS = 1_800_000


@dataclass(frozen=True)
class Batch:
    """Notifications of one channel that go out as one message, oldest first; held until ``claimed_until`` (ms)."""

    channel: Channel
    deliveries: list[Delivery]
    claimed_until: int


def deliveries_plan(*, transition: AlertTransition, now: int, repeat: int = 0) -> None:
    """Put a transition into the outbox of every channel that wants it; within the transaction that wrote it.

    A channel for critical alerts hears of all that follows once an alert was critical, so that it hears the end.
    """
    alert = transition.alert
    if transition.state == "firing":
        Alert.objects.filter(pk=alert.pk).update(notified_at=now)
    peak = RANK[alert.peak_level or alert.level]
    Delivery.objects.bulk_create(
        [
            Delivery(
                channel=channel,
                alert=alert,
                transition=transition,
                repeat=repeat,
                created_at=now,
                due_at=now + channel.group_seconds * 1000,
            )
            for channel in Channel.objects.filter(enabled=True)
            if RANK[channel.min_level] <= peak
        ],
        ignore_conflicts=True,
    )


def reminders_plan(*, now: int) -> int:
    """Remind of alerts that still fire, that nobody acknowledged and no silence covers; return of how many."""
    if not _any_open():
        return 0
    limit = now - F("rule__repeat_seconds") * 1000
    due = Alert.objects.filter(ended_at=None, acknowledged_at=None, rule__repeat_seconds__gt=0, notified_at__lte=limit)
    if not due:
        return 0
    quiet = quiet_at(_moment(now))
    return sum(_remind(alert, now) for alert in due if not quiet.covers(alert))


def _any_open() -> bool:
    """Tell whether anything fires that nobody acknowledged; asked every few seconds, and mostly there is nothing."""
    table = Alert._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE ended_at IS NULL AND acknowledged_at IS NULL LIMIT 1")  # noqa: S608
        return cursor.fetchone() is not None


def _remind(alert: Alert, now: int) -> int:
    with transaction.atomic():
        same = Alert.objects.filter(pk=alert.pk, ended_at=None, notified_at=alert.notified_at)
        if not same.update(notified_at=now):  # another detector was first
            return 0
        newest = AlertTransition.objects.filter(alert=alert).order_by("-pk").first()
        if newest is None:
            return 0
        before: int | None = Delivery.objects.filter(transition=newest).aggregate(most=Max("repeat"))["most"]
        deliveries_plan(transition=newest, now=now, repeat=1 if before is None else before + 1)
    return 1


def channels_due(*, now: int, at_most: int) -> list[int]:
    """Return channels that something waits for. Asked every few seconds, so in plain SQL.

    The state is no parameter: SQLite uses the partial index only where it can see that it fits.
    """
    statement = (
        f"SELECT DISTINCT d.channel_id FROM {Delivery._meta.db_table} d "  # noqa: S608 - names of ours
        f"JOIN {Channel._meta.db_table} c ON c.id = d.channel_id AND c.enabled "
        "WHERE d.state = 'pending' AND d.due_at <= %s AND d.claimed_until <= %s LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, now, at_most])
        return [row[0] for row in cursor.fetchall()]


def batch_claim(*, now: int) -> Batch | None:
    """Take what is due for one channel, for a while; None when nothing is."""
    free = Delivery.objects.filter(state="pending", claimed_until__lte=now, channel__enabled=True)
    ids = free.filter(due_at__lte=now).order_by("due_at").values_list("channel_id", flat=True)
    for channel_id in dict.fromkeys(ids[:MOST_AT_ONCE]):
        with transaction.atomic():
            channel = Channel.objects.select_for_update(skip_locked=True).filter(pk=channel_id).first()
            if channel is None or Delivery.objects.filter(channel=channel, claimed_until__gt=now).exists():
                continue  # another sender is at it: one message at a time keeps the order
            # What waits for its first attempt goes along, due or not: that is the grouping.
            rows = free.filter(Q(due_at__lte=now) | Q(attempts=0), channel=channel)
            found = list(rows.select_related("alert__rule", "transition").order_by("pk")[:MOST_AT_ONCE])
            ready = _hold_back(found, quiet_at(_moment(now)), now)
            until = now + CLAIM_MS
            Delivery.objects.filter(pk__in=[row.pk for row in ready]).update(claimed_until=until)
        if ready:
            return Batch(channel, ready, until)
    return None


def _hold_back(rows: Iterable[Delivery], quiet: Quiet, now: int) -> list[Delivery]:
    """Return what may go out now; postpone what a silence covers, drop what ended within it untold."""
    ready, later, needless = [], [], []
    for row in rows:
        if row.repeat and (row.alert.ended_at is not None or row.alert.acknowledged_at is not None):
            needless.append(row.pk)
        elif not quiet.covers(row.alert):
            ready.append(row)
        elif row.alert.ended_at is None or _was_told(row):
            later.append(row.pk)
        else:
            needless.append(row.pk)
    Delivery.objects.filter(pk__in=later).update(due_at=now + SILENCE_LOOK_MS)
    Delivery.objects.filter(pk__in=needless).update(state="dropped")
    return ready


def _was_told(row: Delivery) -> bool:
    return Delivery.objects.filter(channel=row.channel_id, alert=row.alert_id, state="sent").exists()


def batch_sent(*, batch: Batch, now: int) -> None:
    """Note that a batch was handed over."""
    with transaction.atomic():
        _held(batch).update(state="sent", claimed_until=0, attempts=F("attempts") + 1, error="")
        Channel.objects.filter(pk=batch.channel.pk).update(last_sent_at=_moment(now), last_error="")


def batch_failed(*, batch: Batch, error: str, now: int, give_up_ms: int) -> None:
    """Note that a hand-over failed: try again, later each time, and give up on what is older than ``give_up_ms``."""
    attempts = max(row.attempts for row in batch.deliveries) + 1
    with transaction.atomic():
        held = _held(batch)
        held.filter(created_at__lt=now - give_up_ms).update(state="failed")
        held.update(claimed_until=0, attempts=attempts, error=error[:300], due_at=now + retry_delay(attempts))
        Channel.objects.filter(pk=batch.channel.pk).update(last_error=error[:300])


def _held(batch: Batch) -> QuerySet[Delivery]:
    ids = [row.pk for row in batch.deliveries]
    return Delivery.objects.filter(pk__in=ids, claimed_until=batch.claimed_until)


def retry_delay(attempts: int) -> int:
    """Return how long to wait after so many failures, in ms: doubling, up to half an hour."""
    return int(min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS)) if attempts < 20 else LONGEST_RETRY_MS


def deliveries_prune(*, before: int) -> int:
    """Delete what was settled before a time in ms; return how much."""
    return Delivery.objects.exclude(state="pending").filter(created_at__lt=before).delete()[0]


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)
