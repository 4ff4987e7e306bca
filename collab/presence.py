"""Who is there: rows that each process keeps fresh while somebody's sockets are open on it.

Rows rather than messages between processes, because somebody who joins must see everybody at once, and because the row
of a process that died is recognised by its age alone. Ages are told by the database's clock, which is one for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Now

from collab.clock import now_ms
from collab.log import event_add, group_of
from collab.models import Member, Presence, Session
from realtime import groups

AWAY_SECONDS = 30
"""Somebody who comes back within this time has not left, as far as the timeline is concerned."""


def _ago(seconds: float) -> Any:
    return ExpressionWrapper(Now() - Value(timedelta(seconds=seconds)), output_field=DateTimeField())


def stale_seconds() -> float:
    """Return after how long a process that does not say anything counts as dead: three beats."""
    return float(3 * settings.PRESENCE_SESSION_HEARTBEAT)


def present_rows() -> QuerySet[Presence]:
    """Return the rows that stand for people who are there now."""
    return Presence.objects.filter(sockets__gt=0, seen_at__gt=_ago(stale_seconds()))


def is_present(session_id: UUID, user_id: int) -> bool:
    """Tell whether somebody has the session open anywhere."""
    return present_rows().filter(session_id=session_id, user_id=user_id).exists()


def present_in(session_ids: Iterable[UUID]) -> dict[UUID, set[int]]:
    """Return who is in each session now: the ids of users."""
    found: dict[UUID, set[int]] = {}
    for session_id, user_id in present_rows().filter(session_id__in=session_ids).values_list("session_id", "user_id"):
        found.setdefault(session_id, set()).add(user_id)
    return found


def presence_enter(*, session_id: UUID, process: str, user: User, count: Callable[[], int]) -> None:
    """Note that somebody has come; who was away for long is written down as having joined.

    ``count`` returns how many sockets of theirs this process has. It is asked in the middle of the transaction, so that
    of two of these that run at once the later one writes what is true.
    """
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=session_id)
        known = Presence.objects.filter(session_id=session_id, user=user).exists()
        Presence.objects.update_or_create(
            session_id=session_id, process=process, user=user, defaults={"sockets": count(), "seen_at": Now()}
        )
        Member.objects.filter(session_id=session_id, user=user).update(last_seen_at=now_ms())
        if not known:
            event_add(session_id=session_id, kind="joined", actor=user)
        people_announce(session_id)


def presence_leave(*, session_id: UUID, process: str, user_id: int, count: Callable[[], int]) -> None:
    """Note that one of somebody's sockets has gone."""
    with transaction.atomic():
        if not Session.objects.select_for_update().filter(pk=session_id).exists():
            return
        rows = Presence.objects.filter(session_id=session_id, process=process, user_id=user_id)
        rows.update(sockets=count(), seen_at=Now())
        Member.objects.filter(session_id=session_id, user_id=user_id).update(last_seen_at=now_ms())
        people_announce(session_id)


def presence_beat(*, process: str, counts: Mapping[tuple[UUID, int], int]) -> None:
    """Say that this process lives, with how many sockets of whom; see to the rows of those that do not live any more.

    A count that is wrong, because the database was away when somebody left, is put right.
    """
    for row in Presence.objects.filter(process=process):
        sockets = counts.get((row.session_id, row.user_id), 0)
        if sockets != row.sockets:
            Presence.objects.filter(pk=row.pk).update(sockets=sockets, seen_at=Now())
            people_announce(row.session_id)
    Presence.objects.filter(process=process, sockets__gt=0).update(seen_at=Now())
    for row in _outdated().select_related("user"):
        _forget(row)


def _outdated() -> QuerySet[Presence]:
    dead = Q(sockets__gt=0, seen_at__lt=_ago(stale_seconds()))
    return Presence.objects.filter(dead | Q(sockets=0, seen_at__lt=_ago(AWAY_SECONDS)))


def _forget(row: Presence) -> None:
    with transaction.atomic():
        if not Session.objects.select_for_update().filter(pk=row.session_id).exists():
            return
        if not _outdated().filter(pk=row.pk).delete()[0]:  # another process was first, or it lives after all
            return
        if not Presence.objects.filter(session_id=row.session_id, user=row.user).exists():
            event_add(session_id=row.session_id, kind="left", actor=row.user)
        people_announce(row.session_id)


def people_announce(session_id: UUID) -> None:
    """Tell every process that has the session open to look who is there, after commit."""
    groups.send(group_of(session_id), {"kind": "people"})
