"""The log of a session: one row for each thing that happens, numbered without holes.

A number is taken by raising ``Session.event_head`` in the transaction that writes the row: whoever else wants one waits
for that row's lock, so numbers become visible in their order, and a reader at 2 can't miss 1.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F

from collab.clock import now_ms
from collab.models import Event, Session
from collab.people import name_of
from realtime.groups import send

LIVE_ONLY = ("message_changed", "read")
"""Kinds that browsers hear of, and that no timeline shows."""


def group_of(session_id: UUID) -> str:
    """Return the group in which the processes that have a session open talk about it."""
    return f"collab.{session_id.hex}"


def number_next(session_id: UUID) -> int:
    """Take the next number; to be called in the transaction that writes what bears it.

    Raises:
        Session.DoesNotExist: when the session is gone.
    """
    Session.objects.filter(pk=session_id).update(event_head=F("event_head") + 1, updated_at=now_ms())
    return Session.objects.values_list("event_head", flat=True).get(pk=session_id)


def event_add(*, session_id: UUID, kind: str, actor: User | None, data: dict[str, Any] | None = None) -> Event:
    """Write down that something happened, and tell every process that has the session open, after commit."""
    number = number_next(session_id)
    event = Event.objects.create(
        session_id=session_id,
        number=number,
        kind=kind,
        actor=actor,
        actor_name=name_of(actor)[:150] if actor else "",
        timestamp=now_ms(),
        data=data or {},
    )
    events_announce(session_id=session_id, number=number)
    return event


def events_announce(*, session_id: UUID, number: int) -> None:
    """Say, after commit, that there are events up to ``number``."""
    send(group_of(session_id), {"kind": "events", "number": number})
