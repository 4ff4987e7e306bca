"""Hosts in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.admin.base import ReadOnlyAdmin, moment
from metrics.models import Host


@admin.register(Host)
class HostAdmin(ReadOnlyAdmin, admin.ModelAdmin[Host]):
    """The machines that were ever heard of. Deleting one deletes its history; its alerts end, and stay in the list."""

    list_display = ("name", "kind", "version", "seen")
    list_filter = ("kind",)
    search_fields = ("name",)
    fields = ("name", "kind", "version", "seen")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[Any]]:
        """Name the hosts and what goes with them. Django would list each of a day's 86,400 readings on the page."""
        text = gettext("%(host)s, with its readings, history, tokens, and the rules and silences for it alone")
        hosts = list(objs)
        count = {self.opts.verbose_name_plural: len(hosts)}
        return [text % {"host": host.name} for host in hosts], count, set(), []

    @admin.display(description=_("last seen"), ordering="last_seen")
    def seen(self, host: Host) -> str:
        """Return the time of the newest snapshot as a date."""
        return moment(host.last_seen)
