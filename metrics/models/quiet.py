"""Times at which nobody is to be disturbed, and notices of work to come."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.alerts import Alert
from metrics.models.hosts import Host
from metrics.models.rules import Component


class Silence(models.Model):
    """Alerts of a host or component notify nobody for a while, once or every so often. They are shown all the same."""

    host = models.ForeignKey(
        Host, models.CASCADE, null=True, blank=True, verbose_name=_("host"), help_text=_("Empty: every host.")
    )
    component = models.CharField(
        _("component"), max_length=32, choices=Component, blank=True, help_text=_("Empty: every component.")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(
        _("to"), null=True, blank=True, help_text=_("May be empty for a silence that recurs: it then has no end.")
    )
    weekdays = models.JSONField(
        _("on weekdays"), default=list, blank=True, help_text=_("Only on these days; none: once, from start to end.")
    )
    daily_start = models.TimeField(_("from (time of day)"), null=True, blank=True)
    daily_end = models.TimeField(
        _("to (time of day)"), null=True, blank=True, help_text=_("Not later than the start: on the next day.")
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", help_text=_("Of the times of day, for instance Asia/Shanghai.")
    )
    comment = models.CharField(_("why"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("silence")
        verbose_name_plural = _("silences")
        ordering = ("-starts_at",)

    def __str__(self) -> str:
        what = self.get_component_display() if self.component else str(_("everything"))
        return f"{what} - {self.host.name if self.host else _('every host')}"

    @property
    def recurrence(self) -> dict[str, Any] | None:
        """When it recurs; None when it does not."""
        if not self.weekdays:
            return None
        return {
            "weekdays": self.weekdays,
            "start": self.daily_start,
            "end": self.daily_end,
            "timezone": self.timezone,
        }

    def clean(self) -> None:
        """Check that it has a time at which it is in force.

        Raises:
            ValidationError: naming the field and what to change.
        """
        problem = self._span_problem() or self._recurrence_problem()
        if problem:
            raise ValidationError(problem)

    def _span_problem(self) -> dict[str, Any] | None:
        if self.ends_at is not None and self.starts_at is not None and self.ends_at <= self.starts_at:
            return {"ends_at": _("Must be after the start.")}
        if not isinstance(self.weekdays, list) or any(
            type(day) is not int or not 0 <= day <= 6 for day in self.weekdays
        ):
            return {"weekdays": _("Must be a list of days, 0 (Monday) to 6 (Sunday).")}
        if not self.weekdays and self.ends_at is None:
            return {"ends_at": _("Set an end, or the weekdays on which it recurs.")}
        return None

    def _recurrence_problem(self) -> dict[str, Any] | None:
        if not self.weekdays:
            return None
        if self.daily_start is None or self.daily_end is None:
            return {"daily_start": _("Set the times of day between which it is in force.")}
        if self.timezone not in zoneinfo.available_timezones():
            return {"timezone": _("No time zone has this name; one is called Asia/Shanghai.")}
        return None


class Maintenance(models.Model):
    """A notice of planned work: every dashboard shows it as an alert of level ``info`` from its start to its end."""

    text = models.CharField(_("text"), max_length=400, help_text=_("What people read on the dashboard."))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("made by")
    )
    alert = models.ForeignKey(Alert, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("maintenance notice")
        verbose_name_plural = _("maintenance notices")
        ordering = ("-starts_at",)

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        """Check the order of the times.

        Raises:
            ValidationError: naming the field.
        """
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("Must be after the start.")})
