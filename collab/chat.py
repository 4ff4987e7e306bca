"""Writes of the chat. A message and its place in the session's log are one transaction."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from collab.clock import now_ms
from collab.errors import Refused
from collab.log import event_add
from collab.models import ChatMessage, Member, Role, Session
from collab.people import name_of
from collab.words import storable

_MENTION = re.compile(r"(?<![\w@])@([\w.+@-]{1,150})")
MAX_MENTIONS = 20


def message_add(
    *, session_id: UUID, author: User, key: str, content: str, links: list[dict[str, Any]]
) -> tuple[ChatMessage, bool]:
    """Say something; return the message, and whether it is new. The same ``key`` again changes nothing.

    Raises:
        Refused: ``MESSAGE_TOO_LONG``, ``MESSAGE_ID_TAKEN`` (by somebody else's), ``SESSION_ARCHIVED``.
    """
    content = storable(content)
    _check_length(content)
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session_id)
        existing = ChatMessage.objects.filter(session_id=session_id, key=key).first()
        if existing is not None:
            if existing.author_id != author.pk:
                raise Refused("MESSAGE_ID_TAKEN")
            return existing, False
        _check_open(session)
        event = event_add(session_id=session_id, kind="message", actor=author, data={"id": key})
        message = ChatMessage.objects.create(
            session_id=session_id,
            key=key,
            number=event.number,
            author=author,
            author_name=name_of(author),
            content=content,
            mentions=mentions_in(session_id, content),
            links=links,
            timestamp=event.timestamp,
        )
    return message, True


def message_edit(*, session_id: UUID, user: User, key: str, content: str) -> None:
    """Change one's own message.

    Raises:
        Refused: ``MESSAGE_TOO_LONG``, ``UNKNOWN_MESSAGE``, ``NOT_YOURS``, ``SESSION_ARCHIVED``.
    """
    content = storable(content)
    _check_length(content)
    with transaction.atomic():
        message = _own(session_id, user, key)
        if message.content == content:
            return
        message.content, message.edited_at = content, now_ms()
        message.mentions = mentions_in(session_id, content)
        message.save(update_fields=["content", "mentions", "edited_at"])
        event_add(session_id=session_id, kind="message_changed", actor=user, data={"id": key})


def message_delete(*, session_id: UUID, user: User, key: str) -> None:
    """Take one's own message back; an owner of the session may take back any. Its words are gone for good.

    Raises:
        Refused: ``UNKNOWN_MESSAGE``, ``NOT_YOURS``, ``SESSION_ARCHIVED``.
    """
    with transaction.atomic():
        message = _own(session_id, user, key, owner_too=True)
        message.content, message.mentions, message.links = "", [], []
        message.deleted_at = now_ms()
        message.save(update_fields=["content", "mentions", "links", "deleted_at"])
        event_add(session_id=session_id, kind="message_changed", actor=user, data={"id": key})


def chat_read(*, session_id: UUID, user_id: int, number: int) -> None:
    """Note up to which number of the log somebody has read the chat; it never goes back, nor beyond the newest."""
    newest = Session.objects.values_list("event_head", flat=True).get(pk=session_id)
    members = Member.objects.filter(session_id=session_id, user_id=user_id)
    members.update(read_number=Greatest(F("read_number"), Value(min(number, newest))))


def mentions_in(session_id: UUID, content: str) -> list[dict[str, str]]:
    """Return the members who are called by ``@name`` in a text, each once."""
    names = {name.rstrip(".-+@") for name in _MENTION.findall(content)}
    if not names:
        return []
    members = Member.objects.filter(session_id=session_id, user__username__in=names).select_related("user")
    found = sorted(members, key=lambda member: member.user_id)[:MAX_MENTIONS]
    return [{"id": str(member.user_id), "name": member.user.get_username()} for member in found]


def _own(session_id: UUID, user: User, key: str, *, owner_too: bool = False) -> ChatMessage:
    _check_open(Session.objects.select_for_update().get(pk=session_id))
    message = ChatMessage.objects.filter(session_id=session_id, key=key, deleted_at=None).first()
    if message is None:
        raise Refused("UNKNOWN_MESSAGE")
    owners = Member.objects.filter(session_id=session_id, user=user, role=Role.OWNER)
    if message.author_id != user.pk and not (owner_too and owners.exists()):
        raise Refused("NOT_YOURS")
    return message


def _check_length(content: str) -> None:
    if len(content) > settings.PRESENCE_SESSION_MESSAGE_LENGTH:
        raise Refused("MESSAGE_TOO_LONG", details={"limit": settings.PRESENCE_SESSION_MESSAGE_LENGTH})


def _check_open(session: Session) -> None:
    if session.archived_at is not None:
        raise Refused("SESSION_ARCHIVED")
