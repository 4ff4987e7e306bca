"""Reads: alerts as they stand, and their transitions in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db.models import Max, QuerySet

from metrics.messages import AlertUpdate, HealthAlert, SystemStatus
from metrics.models import Alert, AlertTransition, Host, Snapshot
from metrics.selectors import status_of
from realtime.topics import Event

_encode = msgspec.json.Encoder().encode


class _AlertOnly(msgspec.Struct):
    alert: msgspec.Raw


_alert_of = msgspec.json.Decoder(_AlertOnly)


def alert_entry(data: bytes) -> bytes:
    """Cut the alert out of the JSON of a ``health_alert`` or ``health_recovery``."""
    return bytes(_alert_of.decode(data).alert)


def alert_message(row: AlertTransition) -> HealthAlert:
    """Return a transition as it goes over the wire."""
    alert = row.alert
    rule = alert.rule
    return HealthAlert(
        id=alert.pk,
        host=alert.host_name,
        state="recovered" if row.state == "recovered" else "firing",
        level=row.level,  # type: ignore[arg-type]
        component=alert.component,
        message=row.message,
        threshold=row.threshold,
        current_value=row.current_value,
        timestamp=row.timestamp,
        started_at=alert.started_at,
        ended_at=row.timestamp if row.state == "recovered" else None,
        details={"comparison": rule.comparison if rule else "above", "ruleId": alert.rule_id},
    )


def alert_current(alert: Alert) -> HealthAlert:
    """Return an alert as it stands."""
    return HealthAlert(
        id=alert.pk,
        host=alert.host_name,
        state="firing" if alert.ended_at is None else "recovered",
        level=alert.level,  # type: ignore[arg-type]
        component=alert.component,
        message=alert.message,
        threshold=alert.threshold,
        current_value=alert.current_value,
        timestamp=alert.ended_at or alert.started_at,
        started_at=alert.started_at,
        ended_at=alert.ended_at,
        details={"comparison": alert.rule.comparison if alert.rule else "above", "ruleId": alert.rule_id},
    )


def _transitions() -> QuerySet[AlertTransition]:
    return AlertTransition.objects.select_related("alert__rule")


def health_event(row: AlertTransition) -> Event:
    """Return a transition as the event that is pushed."""
    message = alert_message(row)
    return Event(
        "health",
        "health_recovery" if row.state == "recovered" else "health_alert",
        _encode(AlertUpdate(message)),
        row.pk,
        key=str(row.alert_id),
        priority="normal" if row.state == "recovered" else "high",
        host=message.host,
        component=message.component,
        severity=message.level,
    )


def health_after(position: int, limit: int) -> list[Event]:
    """Return the first ``limit`` transitions after a position, in order."""
    return [health_event(row) for row in _transitions().filter(pk__gt=position).order_by("pk")[:limit]]


def health_recent(limit: int) -> list[Event]:
    """Return the newest ``limit`` transitions, oldest first."""
    return [health_event(row) for row in reversed(_transitions().order_by("-pk")[:limit])]


def health_history(limit: int, before: int | None) -> list[bytes]:
    """Return the newest ``limit`` transitions before a time in ms as JSON, oldest first."""
    rows = _transitions()
    if before is not None:
        rows = rows.filter(timestamp__lt=before)
    return [_encode(alert_message(row)) for row in reversed(rows.order_by("-pk")[:limit])]


def health_position() -> int:
    """Return the position of the newest transition; 0 when there is none."""
    newest: dict[str, Any] = AlertTransition.objects.aggregate(newest=Max("pk"))
    return newest["newest"] or 0


def readings_between(*, host: Host, start: int, end: int) -> Iterator[SystemStatus]:
    """Yield the stored readings of a host from ``start`` to before ``end`` (ms), oldest first."""
    rows = Snapshot.objects.filter(host=host, timestamp__gte=start, timestamp__lt=end).order_by("timestamp")
    return (status_of(row, host) for row in rows.iterator(chunk_size=1_000))
