"""Alerts in the admin: looked at, and acknowledged."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import roles_of
from metrics.acknowledging import AlertEnded, alert_acknowledge
from metrics.admin.base import ReadOnlyAdmin, moment
from metrics.alert_text import told_again
from metrics.components import label_of
from metrics.models import Alert, AlertTransition, Component
from metrics.signals import now_ms


class StateFilter(admin.SimpleListFilter):
    """Firing or recovered."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("firing", _("firing")), ("recovered", _("recovered")), ("open", _("firing, not acknowledged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what was chosen."""
        if self.value() == "recovered":
            return queryset.exclude(ended_at=None)
        if self.value() == "open":
            return queryset.filter(ended_at=None, acknowledged_at=None)
        return queryset.filter(ended_at=None) if self.value() == "firing" else queryset


class ComponentFilter(admin.SimpleListFilter):
    """By component, with its name."""

    title = _("component")
    parameter_name = "component"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return list(Component.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what was chosen."""
        return queryset.filter(component=self.value()) if self.value() else queryset


def sentence_of(step: Alert | AlertTransition, alert: Alert, *, recovered: bool) -> str:
    """Return what happened, in the reader's language."""
    return told_again(
        component=alert.component,
        recovered=recovered,
        level=step.level,
        threshold=step.threshold,
        value=step.current_value,
        above=alert.rule is None or alert.rule.comparison == "above",
        message=step.message,
    )


class TransitionInline(ReadOnlyAdmin, admin.TabularInline[AlertTransition, Alert]):
    """The steps of one alert."""

    model = AlertTransition
    fields = readonly_fields = ("at", "severity", "what")
    extra = 0
    can_delete = False
    ordering = ("pk",)
    verbose_name = _("step")
    verbose_name_plural = _("steps")

    @admin.display(description=_("time"))
    def at(self, step: AlertTransition) -> str:
        """Return when it happened."""
        return moment(step.timestamp)

    @admin.display(description=_("level"))
    def severity(self, step: AlertTransition) -> str:
        """Return the level."""
        return step.get_level_display()

    @admin.display(description=_("message"))
    def what(self, step: AlertTransition) -> str:
        """Return what happened."""
        return sentence_of(step, step.alert, recovered=step.state == "recovered")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin, admin.ModelAdmin[Alert]):
    """Every alert there was."""

    list_display = ("what", "level", "host_name", "label", "started", "ended", "acknowledged_by")
    list_filter = (StateFilter, "level", ComponentFilter, "host")
    list_select_related = ("rule", "acknowledged_by")
    fields = (
        "what",
        "level",
        "peak_level",
        "host_name",
        "label",
        "rule",
        "started",
        "ended",
        "acknowledged",
        "acknowledged_by",
        "acknowledge_comment",
    )
    inlines = (TransitionInline,)
    actions = ("acknowledge",)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say what happened in the reader's language, above the fields too."""
        alert = self.get_object(request, object_id)
        subtitle = self.what(alert) if alert is not None else ""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "subtitle": subtitle})

    @admin.display(description=_("message"))
    def what(self, alert: Alert) -> str:
        """Return what happened last."""
        return sentence_of(alert, alert, recovered=alert.ended_at is not None)

    @admin.display(description=_("component"), ordering="component")
    def label(self, alert: Alert) -> str:
        """Return what the component is called."""
        return label_of(alert.component)

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, alert: Alert) -> str:
        """Return the start as a date."""
        return moment(alert.started_at)

    @admin.display(description=_("ended"), ordering="ended_at")
    def ended(self, alert: Alert) -> str:
        """Return the end as a date; None while it fires."""
        return moment(alert.ended_at)

    @admin.display(description=_("acknowledged"))
    def acknowledged(self, alert: Alert) -> str:
        """Return when somebody took care of it."""
        return moment(alert.acknowledged_at)

    @admin.action(description=_("Acknowledge: I take care of it"))
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Note that the one who is signed in takes care."""
        user = request.user
        if not isinstance(user, User) or "operator" not in roles_of(user):
            self.message_user(request, gettext("You may not acknowledge alerts."), messages.ERROR)
            return
        done = 0
        for alert in queryset:
            try:
                alert_acknowledge(alert=alert, user=user, comment="", now=now_ms())
                done += 1
            except AlertEnded:
                continue
        self.message_user(request, gettext("%(count)d alerts acknowledged.") % {"count": done}, messages.SUCCESS)
