"""Silences and maintenance notices in the admin: times are dates, weekdays are boxes to tick."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from metrics.models import Maintenance, Silence
from metrics.silences import is_in_force, now_utc

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


class SilenceForm(forms.ModelForm[Silence]):
    """The form of a silence."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("on weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only on these days; none: once, from start to end."),
    )

    class Meta:
        model = Silence
        fields = (
            "host",
            "component",
            "starts_at",
            "ends_at",
            "weekdays",
            "daily_start",
            "daily_end",
            "timezone",
            "comment",
        )


class MadeBy:
    """Remembers who made a row."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store a row."""
        if not change:
            obj.created_by = request.user
        obj.save()


@admin.register(Silence)
class SilenceAdmin(MadeBy, admin.ModelAdmin[Silence]):
    """Silences."""

    form = SilenceForm
    list_display = ("__str__", "starts_at", "ends_at", "active", "comment", "created_by")
    list_filter = ("component", "host")
    list_select_related = ("host", "created_by")
    fieldsets = (
        (None, {"fields": ("host", "component", "comment")}),
        (_("When"), {"fields": ("starts_at", "ends_at")}),
        (
            _("Every week"),
            {
                "fields": ("weekdays", "daily_start", "daily_end", "timezone"),
                "description": _("For a silence that recurs, for instance every night or every Sunday."),
            },
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin now, in the time zone of the installation."""
        return {"starts_at": now_utc(), "timezone": settings.TIME_ZONE, **super().get_changeform_initial_data(request)}

    @admin.display(description=_("in force now"), boolean=True)
    def active(self, silence: Silence) -> bool:
        """Tell whether it is in force."""
        return is_in_force(silence, now_utc())


@admin.register(Maintenance)
class MaintenanceAdmin(MadeBy, admin.ModelAdmin[Maintenance]):
    """Maintenance notices."""

    list_display = ("text", "starts_at", "ends_at", "active", "created_by")
    fields = ("text", "starts_at", "ends_at")
    list_select_related = ("created_by",)

    @admin.display(description=_("shown now"), boolean=True)
    def active(self, notice: Maintenance) -> bool:
        """Tell whether dashboards show it."""
        return notice.starts_at <= now_utc() < notice.ends_at
