"""Hosts in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from metrics.admin.base import ReadOnlyAdmin, moment
from metrics.models import Host


@admin.register(Host)
class HostAdmin(ReadOnlyAdmin, admin.ModelAdmin[Host]):
    """The machines that were ever heard of; deleting one deletes its history."""

    list_display = ("name", "kind", "version", "seen")
    list_filter = ("kind",)
    search_fields = ("name",)
    fields = ("name", "kind", "version", "seen")

    @admin.display(description=_("last seen"), ordering="last_seen")
    def seen(self, host: Host) -> str:
        """Return the time of the newest snapshot as a date."""
        return moment(host.last_seen)
