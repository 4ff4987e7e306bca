"""Writes about sessions as such: who made them, who is in them, who may come in."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from collab.clock import now_ms
from collab.document import initial_update
from collab.errors import Refused
from collab.log import event_add
from collab.models import DocumentUpdate, Invite, Member, Role, Session
from collab.people import color_free, name_of

RANK: dict[str, int] = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}


def session_create(*, user: User, title: str = "", query: str = "", context: dict[str, Any] | None = None) -> Session:
    """Open a session; its maker is its owner."""
    now = now_ms()
    context = context or {}
    with transaction.atomic():
        session = Session.objects.create(
            title=title or str(context.get("message") or "Untitled session")[:200],
            created_by=user,
            created_at=now,
            updated_at=now,
            context=context,
            text=query,
            text_author=user if query else None,
            document_head=1 if query else 0,
        )
        if query:
            data = initial_update(query)
            DocumentUpdate.objects.create(session=session, seq=1, data=data, authors=[user.pk])
        _member_add(session.pk, user, Role.OWNER)
        event_add(session_id=session.pk, kind="created", actor=user, data={"title": session.title})
        if "alertId" in context:
            event_add(session_id=session.pk, kind="alert", actor=user, data=context)
    return session


def session_rename(*, session: Session, user: User, title: str) -> None:
    """Give a session another title."""
    with transaction.atomic():
        Session.objects.filter(pk=session.pk).update(title=title)
        event_add(session_id=session.pk, kind="renamed", actor=user, data={"title": title})


def session_archive(*, session: Session, user: User, archived: bool) -> None:
    """Put a session away, or take it out again. An archived one can be read, not changed."""
    wanted = Session.objects.filter(pk=session.pk, archived_at__isnull=archived)
    with transaction.atomic():
        if wanted.update(archived_at=now_ms() if archived else None):
            event_add(session_id=session.pk, kind="archived" if archived else "reopened", actor=user)


# --- members -----------------------------------------------------------------------------------------------------


def _member_add(session_id: UUID, user: User, role: str) -> Member:
    taken = Member.objects.filter(session_id=session_id).values_list("color", flat=True)
    return Member.objects.create(
        session_id=session_id, user=user, role=role, color=color_free(taken), joined_at=now_ms()
    )


def _lock(session_id: UUID) -> Session:
    """Return the session, locked until the transaction ends: membership changes take turns."""
    return Session.objects.select_for_update().get(pk=session_id)


def member_add(*, session: Session, by: User | None, user: User, role: str) -> Member:
    """Let somebody in.

    Raises:
        Refused: ``ALREADY_MEMBER``.
    """
    with transaction.atomic():
        _lock(session.pk)
        if Member.objects.filter(session=session, user=user).exists():
            raise Refused("ALREADY_MEMBER")
        member = _member_add(session.pk, user, role)
        data = {"memberId": str(user.pk), "memberName": name_of(user), "role": role}
        event_add(session_id=session.pk, kind="member_added", actor=by, data=data)
    return member


def member_set_role(*, session: Session, by: User, user_id: int, role: str) -> Member:
    """Change what a member may do.

    Raises:
        Refused: ``UNKNOWN_MEMBER``, ``LAST_OWNER``.
    """
    with transaction.atomic():
        _lock(session.pk)
        member = _member(session, user_id)
        if member.role == role:
            return member
        if member.role == Role.OWNER:
            _check_other_owner(session, user_id)
        member.role = role
        member.save(update_fields=["role"])
        data = {"memberId": str(user_id), "memberName": name_of(member.user), "role": role}
        event_add(session_id=session.pk, kind="role_changed", actor=by, data=data)
    return member


def member_remove(*, session: Session, by: User, user_id: int) -> None:
    """Put a member out, or let one leave.

    Raises:
        Refused: ``UNKNOWN_MEMBER``, ``LAST_OWNER``.
    """
    with transaction.atomic():
        _lock(session.pk)
        member = _member(session, user_id)
        if member.role == Role.OWNER:
            _check_other_owner(session, user_id)
        data = {"memberId": str(user_id), "memberName": name_of(member.user), "role": member.role}
        member.delete()
        event_add(session_id=session.pk, kind="member_removed", actor=by, data=data)


def _member(session: Session, user_id: int) -> Member:
    member = Member.objects.select_related("user").filter(session=session, user_id=user_id).first()
    if member is None:
        raise Refused("UNKNOWN_MEMBER")
    return member


def _check_other_owner(session: Session, user_id: int) -> None:
    owners = Member.objects.filter(session=session, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(user_id=user_id).exists():
        raise Refused("LAST_OWNER")


# --- invitations -------------------------------------------------------------------------------------------------


def token_digest(token: str) -> str:
    """Return what is stored of an invitation's token: 256 random bits, so that a plain SHA-256 can't be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite_create(
    *, session: Session, user: User, role: str, hours: float, max_uses: int | None = None
) -> tuple[Invite, str]:
    """Make an invitation; return it with its token, which can't be shown again."""
    token = secrets.token_urlsafe(32)
    now = now_ms()
    with transaction.atomic():
        invite = Invite.objects.create(
            session=session,
            digest=token_digest(token),
            role=role,
            created_by=user,
            created_at=now,
            expires_at=now + int(hours * 3_600_000),
            max_uses=max_uses,
        )
        data = {"inviteId": invite.pk, "role": role, "expiresAt": invite.expires_at}
        event_add(session_id=session.pk, kind="invite_created", actor=user, data=data)
    return invite, token


def invite_revoke(*, invite: Invite, user: User) -> None:
    """Take an invitation back; who came in by it stays."""
    with transaction.atomic():
        if Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=now_ms()):
            data = {"inviteId": invite.pk, "role": invite.role}
            event_add(session_id=invite.session_id, kind="invite_revoked", actor=user, data=data)


def invite_accept(*, user: User, token: str) -> Member:
    """Come in by an invitation. Coming again changes nothing, or raises the role to the invitation's.

    Raises:
        Refused: ``UNKNOWN_INVITE``, ``INVITE_REVOKED``, ``INVITE_EXPIRED``, ``INVITE_USED_UP``.
    """
    with transaction.atomic():
        invite = Invite.objects.select_for_update().filter(digest=token_digest(token)).first()
        if invite is None:
            raise Refused("UNKNOWN_INVITE")
        session = _lock(invite.session_id)
        member = Member.objects.filter(session=session, user=user).first()
        if invite.revoked_at is not None:
            raise Refused("INVITE_REVOKED")
        if invite.expires_at <= now_ms():
            raise Refused("INVITE_EXPIRED")
        if member is not None and RANK[member.role] >= RANK[invite.role]:
            return member
        if invite.max_uses is not None and invite.uses >= invite.max_uses:
            raise Refused("INVITE_USED_UP")
        Invite.objects.filter(pk=invite.pk).update(uses=F("uses") + 1)
        return _come_in(session, member, user, invite)


def _come_in(session: Session, member: Member | None, user: User, invite: Invite) -> Member:
    data = {"memberId": str(user.pk), "memberName": name_of(user), "role": invite.role, "inviteId": invite.pk}
    if member is None:
        member = _member_add(session.pk, user, invite.role)
        event_add(session_id=session.pk, kind="member_added", actor=user, data=data)
    else:
        member.role = invite.role
        member.save(update_fields=["role"])
        event_add(session_id=session.pk, kind="role_changed", actor=user, data=data)
    return member
