"""Sessions in the admin: to be looked at, never changed there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from collab.models import Event, Invite, Member, Session


class ReadOnly:
    """May be looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: a session is the record of what happened."""
        return False


class MemberInline(ReadOnly, admin.TabularInline[Member, Session]):
    """Who may come in."""

    model = Member
    fields = ("user", "role")
    extra = 0


class InviteInline(ReadOnly, admin.TabularInline[Invite, Session]):
    """Invitations, without their tokens."""

    model = Invite
    fields = ("role", "created_by", "expires", "revoked", "max_uses", "uses")
    readonly_fields = ("expires", "revoked")
    extra = 0

    @admin.display(description=_("expires"))
    def expires(self, invite: Invite) -> str:
        """Return the end as a date."""
        return moment(invite.expires_at)

    @admin.display(description=_("revoked"))
    def revoked(self, invite: Invite) -> str:
        """Return when it was taken back."""
        return moment(invite.revoked_at)


@admin.register(Session)
class SessionAdmin(ReadOnly, admin.ModelAdmin[Session]):
    """Shared sessions."""

    list_display = ("title", "created_by", "created", "changed", "archived")
    list_select_related = ("created_by",)
    search_fields = ("title", "text")
    fields = ("title", "created_by", "created", "changed", "archived", "context", "text")
    readonly_fields = ("created", "changed", "archived")
    inlines = (MemberInline, InviteInline)

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, session: Session) -> str:
        """Return the beginning as a date."""
        return moment(session.created_at)

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, session: Session) -> str:
        """Return the last change as a date."""
        return moment(session.updated_at)

    @admin.display(description=_("archived"), ordering="archived_at")
    def archived(self, session: Session) -> str:
        """Return when it was put away."""
        return moment(session.archived_at)


@admin.register(Event)
class EventAdmin(ReadOnly, admin.ModelAdmin[Event]):
    """What happened in all sessions, newest first."""

    list_display = ("time", "session", "number", "kind", "actor_name", "data")
    list_filter = ("kind",)
    list_select_related = ("session",)
    search_fields = ("session__title", "actor_name")
    ordering = ("-timestamp",)

    @admin.display(description=_("time"), ordering="timestamp")
    def time(self, event: Event) -> str:
        """Return the time as a date."""
        return moment(event.timestamp)


def moment(ms: int | None) -> str:
    """Return a time in ms as a date, a dash when there is none."""
    if ms is None:
        return "–"
    return date_format(localtime(datetime.fromtimestamp(ms / 1000, tz=UTC)), "Y-m-d H:i:s")
