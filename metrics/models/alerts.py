"""What came of judging: alerts and their transitions."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metrics.models.hosts import Host
from metrics.models.rules import Level, Rule


class Alert(models.Model):
    """One trouble, from firing to recovery. The values are those of its last transition.

    It outlives its rule and its host: what was told to clients, which may come back to ask what they missed, can't be
    taken out of the log.
    """

    rule = models.ForeignKey(Rule, models.SET_NULL, null=True, related_name="alerts", verbose_name=_("rule"))
    host = models.ForeignKey(Host, models.SET_NULL, null=True, related_name="alerts", verbose_name=_("host"))
    host_name = models.CharField(_("host"), max_length=253, blank=True)
    """Its name; filled in with the first save."""
    component = models.CharField(_("component"), max_length=32)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    message = models.CharField(_("message"), max_length=500)
    threshold = models.FloatField(_("threshold"))
    current_value = models.FloatField(_("value"))
    started_at = models.BigIntegerField(_("started"))
    ended_at = models.BigIntegerField(_("ended"), null=True)
    peak_level = models.CharField(_("worst level"), max_length=8, choices=Level, blank=True, default="")
    notified_at = models.BigIntegerField(null=True)
    """When people were last to be told of it, ms; reminders count from here."""
    acknowledged_at = models.BigIntegerField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("acknowledged by")
    )
    acknowledge_comment = models.CharField(_("comment"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-started_at",)
        constraints = [
            # Two detectors that judge the same rule can't both open an alert.
            models.UniqueConstraint(fields=["rule", "host"], condition=Q(ended_at__isnull=True), name="one_open_alert")
        ]
        indexes = [models.Index(fields=["-started_at"]), models.Index(fields=["ended_at", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.component} #{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it, with the name of its host."""
        if not self.host_name and self.host is not None:
            self.host_name = self.host.name
        super().save(*args, **kwargs)


class AlertTransition(models.Model):
    """A step of an alert: raised, worse, better, recovered. A row before it is a message; its id is the position."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="transitions")
    state = models.CharField(max_length=10, choices=[("firing", "firing"), ("recovered", "recovered")])
    level = models.CharField(max_length=8, choices=Level)
    message = models.CharField(max_length=500)
    threshold = models.FloatField()
    current_value = models.FloatField()
    timestamp = models.BigIntegerField()

    def __str__(self) -> str:
        return f"#{self.pk}"


def _new_epoch() -> str:
    return uuid.uuid4().hex[:12]


class Epoch(models.Model):
    """Names the numbering of the transitions; a restored or replaced database has another one."""

    value = models.CharField(max_length=12, default=_new_epoch)
