"""Reads: sessions, members, chat, runs and timeline, in the shapes that go out."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from accounts.roles import roles_of
from collab import messages, models
from collab.errors import Refused
from collab.log import LIVE_ONLY
from collab.models import Role
from collab.people import color_of, name_of
from collab.shares import share_given

SHOWN_QUERY = 500
RUN_KINDS = ("run_started", "run_finished", "run_cancel")


def sessions_of(user: User) -> QuerySet[models.Session]:
    """Return the sessions that somebody may see: one's own, an administrator's are all; with ``members`` counted."""
    found = models.Session.objects.select_related("created_by")
    if "admin" not in roles_of(user):
        found = found.filter(members__user=user)
    counted = models.Member.objects.filter(session=OuterRef("pk")).values("session").annotate(n=Count("*")).values("n")
    return found.annotate(member_count=Subquery(counted))


def sessions_search(found: QuerySet[models.Session], words: str) -> QuerySet[models.Session]:
    """Keep those in whose title, query, host or message each of the words appears."""
    for word in words.split()[:10]:
        about = Q(context__host__icontains=word) | Q(context__message__icontains=word)
        found = found.filter(Q(title__icontains=word) | Q(text__icontains=word) | about)
    return found


def session_for(user: User, session_id: UUID) -> tuple[models.Session, str]:
    """Return a session and what the user is in it; an administrator is an owner everywhere.

    Raises:
        Refused: ``UNKNOWN_SESSION``, also when it is there and not for this user.
    """
    session = models.Session.objects.select_related("created_by").filter(pk=session_id).first()
    if session is None:
        raise Refused("UNKNOWN_SESSION")
    member = models.Member.objects.filter(session=session, user=user).first()
    if "admin" in roles_of(user):
        return session, Role.OWNER
    if member is None:
        raise Refused("UNKNOWN_SESSION")
    return session, member.role


def people_of(session_id: UUID) -> dict[int, messages.Participant]:
    """Return every member of a session as others see them."""
    members = models.Member.objects.filter(session_id=session_id).select_related("user")
    return {member.user_id: participant_of(member) for member in members}


def participant_of(member: models.Member) -> messages.Participant:
    """Return a member as others see them."""
    color, light = color_of(member.color)
    role = cast("Any", str(member.role))
    return messages.Participant(str(member.user_id), name_of(member.user), color, light, role)


def info_of(session: models.Session) -> messages.SessionInfo:
    """Return what a session is called and about."""
    archived = session.archived_at is not None
    return messages.SessionInfo(str(session.pk), session.title, archived, session.context or None)


# --- the log -----------------------------------------------------------------------------------------------------


def events_after(session_id: UUID, number: int, limit: int = 500) -> list[models.Event]:
    """Return the events that follow ``number``, oldest first."""
    return list(models.Event.objects.filter(session_id=session_id, number__gt=number)[:limit])


def timeline(session_id: UUID, *, before: int | None, limit: int) -> list[messages.TimelineEntry]:
    """Return the last ``limit`` entries before a number, oldest first."""
    events = models.Event.objects.filter(session_id=session_id).exclude(kind__in=LIVE_ONLY)
    if before is not None:
        events = events.filter(number__lt=before)
    newest = list(events.order_by("-number")[:limit])[::-1]
    return entries_of(session_id, newest)


def entries_of(session_id: UUID, events: list[models.Event]) -> list[messages.TimelineEntry]:
    """Return events as entries of the timeline; messages with their words as they are now."""
    keys = [event.data.get("id") for event in events if event.kind == "message"]
    said = {m.key: m for m in models.ChatMessage.objects.filter(session_id=session_id, key__in=keys)} if keys else {}
    return [_entry(event, said) for event in events]


def _entry(event: models.Event, said: dict[str, models.ChatMessage]) -> messages.TimelineEntry:
    data = event.data
    if event.kind == "message" and (message := said.get(data.get("id", ""))) is not None:
        deleted = message.deleted_at is not None
        data = {"id": message.key, "content": message.content, "deleted": deleted, "links": message.links}
    actor = None if event.actor_id is None else str(event.actor_id)
    return messages.TimelineEntry(event.number, event.kind, actor, event.actor_name, event.timestamp, data)


# --- chat --------------------------------------------------------------------------------------------------------


def chat_page(session_id: UUID, *, before: int | None, limit: int) -> tuple[list[messages.ChatMessage], bool]:
    """Return the last ``limit`` messages before a number, oldest first, and whether there are older ones."""
    found = models.ChatMessage.objects.filter(session_id=session_id)
    if before is not None:
        found = found.filter(number__lt=before)
    newest = list(found.order_by("-number")[: limit + 1])
    return [message_of(row) for row in newest[:limit]][::-1], len(newest) > limit


def chat_by_key(session_id: UUID, keys: list[str]) -> dict[str, messages.ChatMessage]:
    """Return messages by their id."""
    rows = models.ChatMessage.objects.filter(session_id=session_id, key__in=keys)
    return {row.key: message_of(row) for row in rows}


def message_of(row: models.ChatMessage) -> messages.ChatMessage:
    """Return a message as it goes out."""
    return messages.ChatMessage(
        id=row.key,
        number=row.number,
        author_id=None if row.author_id is None else str(row.author_id),
        author_name=row.author_name,
        content=row.content,
        timestamp=row.timestamp,
        edited_at=row.edited_at,
        deleted=row.deleted_at is not None,
        mentions=[messages.Mention(one["id"], one["name"]) for one in row.mentions],
        links=msgspec.convert(row.links, list[messages.Link]),
    )


def unread_counts(user: User, session_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many messages of others somebody has not seen, by session."""
    read = models.Member.objects.filter(session=OuterRef("session"), user=user).values("read_number")
    found = models.ChatMessage.objects.filter(session_id__in=session_ids, deleted_at=None).exclude(author=user)
    newer = found.annotate(read=Subquery(read)).filter(Q(number__gt=Subquery(read)) | Q(read=None))
    counted = newer.order_by().values("session_id").annotate(n=Count("*"))
    return {row["session_id"]: row["n"] for row in counted}


# --- runs --------------------------------------------------------------------------------------------------------


def runs_of(session_id: UUID, *, limit: int) -> list[messages.Run]:
    """Return the last runs, oldest first."""
    rows = models.Run.objects.filter(session_id=session_id).order_by("-number")[:limit]
    return [run_of(row) for row in rows][::-1]


def run_of(row: models.Run) -> messages.Run:
    """Return a run as it goes out; its progress is only ever told live."""
    return messages.Run(
        number=row.number,
        execution_id=row.execution_id,
        share=share_given(row.share),
        query=row.query,
        source=row.source,
        started_by=None if row.started_by_id is None else str(row.started_by_id),
        started_by_name=row.started_by_name,
        status=cast("Any", row.status),
        rows=row.rows,
        progress=None,
        step=None,
        started_at=row.started_at,
        ended_at=row.ended_at,
        elapsed_ms=row.elapsed_ms,
        error=row.error or None,
        cancelled_by=row.cancelled_by or None,
    )
