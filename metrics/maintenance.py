"""Maintenance notices: an alert of level ``info`` while each is in force."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.db.models import F, Q

from metrics.alerting import alert_end, transaction_for_transitions, transition_add
from metrics.components import MAINTENANCE
from metrics.models import PRESENCE_SERVICE, Alert, AlertTransition, Host, Level, Maintenance
from realtime import publisher


def maintenance_apply(*, now: int) -> list[AlertTransition]:
    """Raise what has begun, change what was rewritten, end what is over; return the transitions. ``now`` in ms.

    Any number of processes may call it at once: each notice is locked, and looked at again under the lock.
    """
    if not _any():
        return []
    moment = datetime.fromtimestamp(now / 1000, tz=UTC)
    begun = Q(starts_at__lte=moment, ends_at__gt=moment)
    stale = Q(alert=None) | ~Q(alert__message=F("text")) | Q(alert__ended_at__isnull=False)
    over = Q(alert__ended_at=None, alert__isnull=False)
    due = list(Maintenance.objects.filter((begun & stale) | (~begun & over)).values_list("pk", flat=True))
    if not due:
        return []
    with transaction_for_transitions():
        made = [step for notice in due if (step := _apply(notice, moment, now)) is not None]
    return made


def _any() -> bool:
    """Tell whether there are notices at all; asked every few seconds, and mostly there are none."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {Maintenance._meta.db_table} LIMIT 1")  # noqa: S608 - a name of ours
        return cursor.fetchone() is not None


def _apply(notice_id: int, moment: datetime, now: int) -> AlertTransition | None:
    notice = Maintenance.objects.select_for_update(of=("self",)).select_related("alert").get(pk=notice_id)
    begun, alert = notice.starts_at <= moment < notice.ends_at, notice.alert
    is_open = alert is not None and alert.ended_at is None
    if not begun:
        return alert_end(alert=alert, now=now, message=alert.message) if alert is not None and is_open else None
    if alert is not None and is_open:
        if alert.message == notice.text:
            return None
        alert.message = notice.text
        alert.save(update_fields=["message"])
        return transition_add(alert=alert, now=now)
    notice.alert = _open(notice.text, now)
    notice.save(update_fields=["alert"])
    return transition_add(alert=notice.alert, now=now)


def _open(text: str, now: int) -> Alert:
    host = Host.objects.get_or_create(name=PRESENCE_SERVICE, defaults={"kind": Host.Kind.SERVICE})[0]
    return Alert.objects.create(
        host=host,
        component=MAINTENANCE,
        level=Level.INFO,
        peak_level=Level.INFO,
        message=text,
        threshold=0,
        current_value=0,
        started_at=now,
    )


def maintenance_withdrawn(*, notice: Maintenance, now: int) -> None:
    """End the alert of a notice that is being deleted, within the transaction of its deletion."""
    with transaction_for_transitions():
        alert = notice.alert
        if alert is not None and alert.ended_at is None:
            publisher.hint(topic="health", position=alert_end(alert=alert, now=now, message=alert.message).pk)


def maintenance_announce(*, now: int) -> None:
    """Apply every notice and tell every dashboard; right after one was edited."""
    if made := maintenance_apply(now=now):
        publisher.hint(topic="health", position=made[-1].pk)
