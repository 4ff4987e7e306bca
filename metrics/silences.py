"""Silences: when they are in force, and what they cover. Writes of silences and of maintenance notices."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from metrics.models import Alert, Silence


@dataclass(frozen=True)
class Quiet:
    """The silences that are in force at one moment."""

    silences: tuple[Silence, ...]

    def covers(self, alert: Alert) -> bool:
        """Tell whether people are not to be disturbed about an alert."""
        return any(
            silence.host_id in (None, alert.host_id) and silence.component in ("", alert.component)
            for silence in self.silences
        )


def quiet_at(moment: datetime) -> Quiet:
    """Return what is silenced at a moment. One query."""
    near = Silence.objects.filter(starts_at__lte=moment).filter(Q(ends_at=None) | Q(ends_at__gt=moment))
    return Quiet(tuple(in_force(near, moment)))


def in_force(silences: Iterable[Silence], moment: datetime) -> list[Silence]:
    """Return those of some silences that are in force at a moment."""
    return [silence for silence in silences if is_in_force(silence, moment)]


def is_in_force(silence: Silence, moment: datetime) -> bool:
    """Tell whether a silence is in force. Pure.

    A recurring one begins on its weekdays at ``daily_start`` in its own time zone; when ``daily_end`` is not later in
    the day, it ends on the next: from 00:00 to 00:00 is the whole day. What counts is the wall clock there: an hour
    that comes twice is silent twice, one that is skipped never.
    """
    if moment < silence.starts_at or (silence.ends_at is not None and moment >= silence.ends_at):
        return False
    if not silence.weekdays:
        return True
    start, end = silence.daily_start, silence.daily_end
    if start is None or end is None:
        return False
    local = moment.astimezone(_zone(silence.timezone))
    today, time = local.weekday(), local.time()
    if start < end:
        return today in silence.weekdays and start <= time < end
    yesterday = (local - timedelta(days=1)).weekday()
    return (today in silence.weekdays and time >= start) or (yesterday in silence.weekdays and time < end)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # this machine knows fewer than the one it was set on
        return zoneinfo.ZoneInfo("UTC")


def silence_save(*, silence: Silence, user: User | None) -> Silence:
    """Store a silence; remember who made it.

    Raises:
        django.core.exceptions.ValidationError: naming the field and what to change.
    """
    if silence.created_by is None:
        silence.created_by = user
    silence.full_clean()
    silence.save()
    return silence


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(tz=UTC)
