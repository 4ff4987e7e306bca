"""The admin of host tokens: made with a click, shown once, deleted to revoke."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.services import token_digest
from metrics.ingest.tokens import host_token_key
from metrics.models import HostToken


def _moment(ms: int) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, tz=UTC) if ms else None


@admin.register(HostToken)
class HostTokenAdmin(admin.ModelAdmin[HostToken]):
    """Keys with which hosts push. The key itself is never stored, so nobody can look it up here."""

    list_display = ("host", "name", "created", "used")
    list_filter = ("host",)
    search_fields = ("host__name", "name")
    fields = ("host", "name")
    list_select_related = ("host",)

    def has_change_permission(self, request: HttpRequest, obj: HostToken | None = None) -> bool:
        """Tokens are made and deleted, not edited."""
        return False

    def save_model(self, request: HttpRequest, obj: HostToken, form: Any, change: bool) -> None:
        """Make the key, keep its digest, show it once."""
        key = host_token_key()
        obj.digest, obj.created_at = token_digest(key), time.time_ns() // 1_000_000
        super().save_model(request, obj, form, change)
        text = gettext("The token of %(host)s is %(key)s - copy it now, it is not shown again.")
        messages.warning(request, text % {"host": obj.host.name, "key": key})

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, token: HostToken) -> datetime | None:
        """Return when it was made."""
        return _moment(token.created_at)

    @admin.display(description=_("last used"), ordering="used_at")
    def used(self, token: HostToken) -> datetime | None:
        """Return when it was used last; None when never."""
        return _moment(token.used_at)
