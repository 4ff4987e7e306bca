"""The admin: rules for people who do not program, alerts and hosts to look at."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from metrics import token_admin  # noqa: F401 - registers the tokens of hosts
from metrics.models import Alert, Host, Rule


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    """Thresholds. A change reaches the detector with its next tick and every open dashboard at once."""

    list_display = ("component", "host", "comparison", "warning_raise", "critical_raise", "for_seconds", "enabled")
    list_editable = ("enabled",)
    list_filter = ("component", "enabled", "host")
    fieldsets = (
        (None, {"fields": ("component", "host", "comparison", "enabled")}),
        (
            _("Thresholds"),
            {
                "fields": (("warning_raise", "warning_clear"), ("critical_raise", "critical_clear")),
                "description": _("CPU, memory and disk are percentages, 0 to 100."),
            },
        ),
        (_("Patience"), {"fields": ("for_seconds", "keep_firing_for_seconds")}),
    )


class ReadOnlyAdmin:
    """What the detector writes is looked at, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin, admin.ModelAdmin[Alert]):
    """Every alert there was."""

    list_display = ("message", "level", "host", "component", "started", "ended")
    list_filter = ("level", "component", "host")
    list_select_related = ("host",)

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, alert: Alert) -> datetime:
        """Return the start as a date."""
        return moment(alert.started_at)

    @admin.display(description=_("ended"), ordering="ended_at")
    def ended(self, alert: Alert) -> datetime | None:
        """Return the end as a date; None while it fires."""
        return None if alert.ended_at is None else moment(alert.ended_at)


@admin.register(Host)
class HostAdmin(ReadOnlyAdmin, admin.ModelAdmin[Host]):
    """The machines that were ever heard of; deleting one deletes its history."""

    list_display = ("name", "version", "seen")
    search_fields = ("name",)

    @admin.display(description=_("last seen"), ordering="last_seen")
    def seen(self, host: Host) -> datetime | None:
        """Return the time of the newest snapshot as a date."""
        return moment(host.last_seen) if host.last_seen else None


def moment(ms: int) -> datetime:
    """Return a time in ms as a date in UTC."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


admin.site.site_header = "Presence"
admin.site.site_title = "Presence"
admin.site.index_title = _("Settings")
