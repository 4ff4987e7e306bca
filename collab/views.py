"""``/api/v1/sessions``: sessions, their members and invitations."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from collab import selectors, services
from collab.clock import now_ms
from collab.errors import Refused
from collab.forms import (
    InviteForm,
    JoinForm,
    MemberForm,
    RoleForm,
    SessionChange,
    SessionForm,
    SessionQuery,
)
from collab.models import Invite, Member, Role, Session
from collab.people import name_of
from collab.presence import present_in
from presence_site.api import ApiError, Page, listed

DEFAULT_INVITE_HOURS = 24.0


class SessionPage(Page):
    """Sessions, those in which something happened last first."""

    ordering = "-updated_at"


class SessionsApiView(APIView):
    """Base of the views: what a session refuses becomes an answer in the one error shape."""

    def handle_exception(self, exc: Exception) -> Response:
        """Turn a refusal into an error with its code and status."""
        if isinstance(exc, Refused):
            exc = ApiError(exc.status, exc.code, exc.message, exc.details)
        return super().handle_exception(exc)

    @property
    def user(self) -> User:
        """Whoever asks; the permissions let nobody else in."""
        return cast("User", self.request.user)

    def find(self, session_id: UUID, role: str = Role.VIEWER, *, open_only: bool = False) -> Session:
        """Return a session in which whoever asks has ``role`` at least.

        Raises:
            Refused: ``UNKNOWN_SESSION``, ``NOT_ALLOWED``, ``SESSION_ARCHIVED``.
        """
        session, own = selectors.session_for(self.user, session_id)
        if services.RANK[own] < services.RANK[role]:
            raise Refused("NOT_ALLOWED", details={"role": str(role)})
        if open_only and session.archived_at is not None:
            raise Refused("SESSION_ARCHIVED")
        return session

    def check(self, form: type[serializers.Serializer[Any]], data: Any = None) -> dict[str, Any]:
        """Return what a form makes of the request's body, or of ``data``."""
        filled = form(data=self.request.data if data is None else data)
        filled.is_valid(raise_exception=True)
        return cast("dict[str, Any]", filled.validated_data)


def session_data(sessions: list[Session], user: User) -> list[dict[str, Any]]:
    """Return sessions as the API shows them to a user."""
    ids = [session.pk for session in sessions]
    here, unread = present_in(ids), selectors.unread_counts(user, ids)
    members: dict[UUID, dict[int, Member]] = {}
    for member in Member.objects.filter(session_id__in=ids).select_related("user"):
        members.setdefault(member.session_id, {})[member.user_id] = member
    return [
        _session_data(session, user, members.get(session.pk, {}), here.get(session.pk, set()), unread)
        for session in sessions
    ]


def _session_data(
    session: Session, user: User, members: dict[int, Member], here: set[int], unread: dict[UUID, int]
) -> dict[str, Any]:
    own, maker = members.get(user.pk), session.created_by
    online = [selectors.participant_of(members[user_id]) for user_id in sorted(here) if user_id in members]
    return {
        **msgspec.to_builtins(selectors.info_of(session)),
        "role": own.role if own else Role.OWNER,
        "createdBy": None if maker is None else {"id": str(maker.pk), "name": name_of(maker)},
        "createdAt": session.created_at,
        "updatedAt": session.updated_at,
        "query": session.text[: selectors.SHOWN_QUERY],
        "unread": unread.get(session.pk, 0),
        "members": len(members),
        "online": msgspec.to_builtins(online),
    }


class SessionsView(SessionsApiView):
    """Sessions."""

    @extend_schema(parameters=[SessionQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return one's own sessions (an administrator's are all), newest activity first."""
        asked = self.check(SessionQuery, request.query_params)
        found: QuerySet[Session] = selectors.sessions_search(selectors.sessions_of(self.user), asked["q"])
        if asked["state"] != "all":
            found = found.filter(archived_at__isnull=asked["state"] == "open")
        page = SessionPage()
        rows = page.paginate_queryset(found, request, view=self) or []
        return page.get_paginated_response(session_data(rows, self.user))

    @extend_schema(request=SessionForm, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Open a session; whoever asks is its owner."""
        asked = self.check(SessionForm)
        session = services.session_create(
            user=self.user, title=asked["title"], query=asked["query"], context=asked.get("context")
        )
        return Response(session_data([session], self.user)[0], status=status.HTTP_201_CREATED)


class SessionView(SessionsApiView):
    """One session."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return the session."""
        return Response(session_data([self.find(session_id)], self.user)[0])

    @extend_schema(request=SessionChange, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, session_id: UUID) -> Response:
        """Rename, archive or reopen it (owner)."""
        session = self.find(session_id, Role.OWNER)
        asked = self.check(SessionChange)
        if "title" in asked and asked["title"] != session.title:
            services.session_rename(session=session, user=self.user, title=asked["title"])
        if "archived" in asked:
            services.session_archive(session=session, user=self.user, archived=asked["archived"])
        return Response(session_data([self.find(session_id)], self.user)[0])


# --- members -----------------------------------------------------------------------------------------------------


def _member_data(member: Member) -> dict[str, Any]:
    person = selectors.participant_of(member)
    return {
        **msgspec.to_builtins(person),
        "username": member.user.get_username(),
        "joinedAt": member.joined_at,
        "lastSeenAt": member.last_seen_at,
    }


class MembersView(SessionsApiView):
    """Who may come in."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return all members."""
        found = Member.objects.filter(session=self.find(session_id)).select_related("user")
        members = found.order_by("joined_at", "id")
        return listed([_member_data(member) for member in members])

    @extend_schema(request=MemberForm, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, session_id: UUID) -> Response:
        """Let somebody in by name (owner)."""
        session = self.find(session_id, Role.OWNER)
        asked = self.check(MemberForm)
        user = User.objects.filter(username=asked["username"], is_active=True).first()
        if user is None:
            raise Refused("UNKNOWN_USER", details={"username": asked["username"]})
        member = services.member_add(session=session, by=self.user, user=user, role=asked["role"])
        return Response(_member_data(member), status=status.HTTP_201_CREATED)


class MemberView(SessionsApiView):
    """One member."""

    @extend_schema(request=RoleForm, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, session_id: UUID, user_id: int) -> Response:
        """Change the role (owner)."""
        session = self.find(session_id, Role.OWNER)
        role = self.check(RoleForm)["role"]
        return Response(
            _member_data(services.member_set_role(session=session, by=self.user, user_id=user_id, role=role))
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID, user_id: int) -> Response:
        """Put somebody out (owner), or leave."""
        session = self.find(session_id, Role.VIEWER if user_id == self.user.pk else Role.OWNER)
        services.member_remove(session=session, by=self.user, user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- invitations -------------------------------------------------------------------------------------------------


def _invite_data(invite: Invite) -> dict[str, Any]:
    maker = invite.created_by
    used_up = invite.max_uses is not None and invite.uses >= invite.max_uses
    return {
        "id": invite.pk,
        "role": invite.role,
        "createdBy": None if maker is None else {"id": str(maker.pk), "name": name_of(maker)},
        "createdAt": invite.created_at,
        "expiresAt": invite.expires_at,
        "revokedAt": invite.revoked_at,
        "uses": invite.uses,
        "maxUses": invite.max_uses,
        "active": invite.revoked_at is None and invite.expires_at > now_ms() and not used_up,
    }


class InvitesView(SessionsApiView):
    """Invitations."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return the invitations, newest first, without their tokens (owner, editor)."""
        session = self.find(session_id, Role.EDITOR)
        return listed([_invite_data(invite) for invite in session.invites.select_related("created_by")[:200]])

    @extend_schema(request=InviteForm, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, session_id: UUID) -> Response:
        """Make an invitation (owner, editor). Its token is shown this once; the path has it behind the ``#``."""
        session = self.find(session_id, Role.EDITOR, open_only=True)
        asked = self.check(InviteForm)
        hours = asked.get("expiresInHours", DEFAULT_INVITE_HOURS)
        invite, token = services.invite_create(
            session=session, user=self.user, role=asked["role"], hours=hours, max_uses=asked["maxUses"]
        )
        body = {**_invite_data(invite), "token": token, "path": f"/join#{token}"}
        return Response(body, status=status.HTTP_201_CREATED)


class InviteView(SessionsApiView):
    """One invitation."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID, invite_id: int) -> Response:
        """Take it back (owner, or whoever made it)."""
        session = self.find(session_id, Role.EDITOR)
        invite = Invite.objects.filter(session=session, pk=invite_id).first()
        if invite is None:
            raise Refused("UNKNOWN_INVITE")
        if invite.created_by_id != self.user.pk:
            self.find(session_id, Role.OWNER)
        services.invite_revoke(invite=invite, user=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class JoinView(SessionsApiView):
    """Coming in by an invitation."""

    @extend_schema(
        request=JoinForm,
        responses={
            200: OpenApiTypes.OBJECT,
            404: OpenApiResponse(description="UNKNOWN_INVITE"),
            410: OpenApiResponse(description="INVITE_EXPIRED, INVITE_REVOKED or INVITE_USED_UP"),
        },
    )
    def post(self, request: Request) -> Response:
        """Return ``{session, role}``. Joining again is harmless."""
        member = services.invite_accept(user=self.user, token=self.check(JoinForm)["token"])
        session = Session.objects.select_related("created_by").get(pk=member.session_id)
        return Response({"session": session_data([session], self.user)[0], "role": member.role})
