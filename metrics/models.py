"""Hosts, their snapshots, the rules they are judged by and the alerts that came of it.

Times are integer milliseconds since the Unix epoch: buckets are then plain arithmetic in every database.
"""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Host(models.Model):
    """A machine that is watched."""

    name = models.CharField(_("name"), max_length=253, unique=True)
    version = models.CharField(_("version"), max_length=40, blank=True)
    last_seen = models.BigIntegerField(_("last seen"), default=0, help_text=_("Time of the newest snapshot, ms."))

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """One reading of one host. Percentages 0-100, throughputs bytes per second, sizes bytes."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="snapshots")
    timestamp = models.BigIntegerField()
    cpu_usage = models.FloatField()
    memory_usage = models.FloatField()
    disk_usage = models.FloatField()
    active_connections = models.IntegerField()
    uptime = models.BigIntegerField()
    load1 = models.FloatField(null=True)
    load5 = models.FloatField(null=True)
    load15 = models.FloatField(null=True)
    swap_usage = models.FloatField(null=True)
    memory_total = models.BigIntegerField(null=True)
    disk_total = models.BigIntegerField(null=True)
    network_received = models.FloatField(null=True)
    network_sent = models.FloatField(null=True)
    disk_read = models.FloatField(null=True)
    disk_written = models.FloatField(null=True)
    temperature = models.FloatField(null=True)
    process_memory = models.BigIntegerField(null=True)
    web_socket_connections = models.IntegerField(null=True)
    cpu_per_core = models.JSONField(null=True)

    class Meta:
        # Unique, so that a snapshot that is handed in twice is stored once; also the index of every range query.
        constraints = [models.UniqueConstraint(fields=["host", "timestamp"], name="snapshot_once")]


class ProcessSample(models.Model):
    """The busiest processes of a host at one moment: a list of ``{pid, name, cpu, memory}``."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="process_samples")
    timestamp = models.BigIntegerField()
    processes = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "timestamp"], name="process_sample_once")]


class Component(models.TextChoices):
    """What a rule can watch; the unit stands in the label."""

    CPU = "cpu", _("CPU (%)")
    MEMORY = "memory", _("Memory (%)")
    DISK = "disk", _("Disk (%)")


class Comparison(models.TextChoices):
    """On which side of the threshold trouble lies."""

    ABOVE = "above", _("above")
    BELOW = "below", _("below")


class Level(models.TextChoices):
    """How bad it is."""

    INFO = "info", _("info")
    WARNING = "warning", _("warning")
    CRITICAL = "critical", _("critical")


class Rule(models.Model):
    """When a component is in trouble, and when it is well again."""

    component = models.CharField(_("component"), max_length=32, choices=Component)
    host = models.ForeignKey(
        Host, models.CASCADE, null=True, blank=True, verbose_name=_("host"), help_text=_("Empty: every host.")
    )
    comparison = models.CharField(_("trouble is"), max_length=8, choices=Comparison, default=Comparison.ABOVE)
    warning_raise = models.FloatField(
        _("warning: raise at"),
        null=True,
        blank=True,
        help_text=_("A warning is raised beyond this value. Empty: never."),
    )
    warning_clear = models.FloatField(
        _("warning: clear at"),
        null=True,
        blank=True,
        help_text=_("It is cleared at this value or better. Empty: same as raise."),
    )
    critical_raise = models.FloatField(
        _("critical: raise at"),
        null=True,
        blank=True,
        help_text=_("A critical alert is raised beyond this value. Empty: never."),
    )
    critical_clear = models.FloatField(
        _("critical: clear at"),
        null=True,
        blank=True,
        help_text=_("It is cleared at this value or better. Empty: same as raise."),
    )
    for_seconds = models.PositiveIntegerField(
        _("for (seconds)"),
        default=60,
        help_text=_("How long the value must be beyond the threshold before an alert is raised."),
    )
    keep_firing_for_seconds = models.PositiveIntegerField(
        _("keep firing for (seconds)"),
        default=0,
        help_text=_("How long the value must be well again before the alert ends."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ("component", "host__name", "id")

    def __str__(self) -> str:
        where = self.host.name if self.host else _("every host")
        return f"{self.get_component_display()} - {where}"

    def clean(self) -> None:
        """Check that thresholds make sense together.

        Raises:
            ValidationError: naming the field and what to change.
        """
        above = self.comparison == Comparison.ABOVE
        word = _("at or below") if above else _("at or above")
        for level in ("warning", "critical"):
            raised, cleared = getattr(self, f"{level}_raise"), getattr(self, f"{level}_clear")
            if cleared is None:
                continue
            if raised is None:
                raise ValidationError({f"{level}_clear": _("Set the value at which it is raised first.")})
            if (cleared > raised) if above else (cleared < raised):
                text = _("Must be %(word)s the value at which it is raised (%(value)g), or it could never clear.")
                raise ValidationError({f"{level}_clear": text % {"word": word, "value": raised}})
        if self.warning_raise is None and self.critical_raise is None:
            raise ValidationError(_("Set a value for warning, for critical, or both."))
        if self.warning_raise is not None and self.critical_raise is not None:
            worse = self.critical_raise >= self.warning_raise if above else self.critical_raise <= self.warning_raise
            if not worse:
                raise ValidationError({"critical_raise": _("Critical must be worse than warning.")})


class RuleState(models.Model):
    """Where one rule stands on one host; in the database, so that a restart neither re-sends nor forgets."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="states")
    host = models.ForeignKey(Host, models.CASCADE, related_name="rule_states")
    level = models.CharField(max_length=8, choices=Level, blank=True)
    pending_level = models.CharField(max_length=8, choices=Level, blank=True)
    pending_since = models.BigIntegerField(null=True)
    clearing_since = models.BigIntegerField(null=True)
    alert = models.ForeignKey("Alert", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "host"], name="one_state_per_rule_and_host")]


class Alert(models.Model):
    """One trouble, from firing to recovery. The values are those of its last transition."""

    rule = models.ForeignKey(Rule, models.SET_NULL, null=True, related_name="alerts", verbose_name=_("rule"))
    host = models.ForeignKey(Host, models.CASCADE, related_name="alerts", verbose_name=_("host"))
    component = models.CharField(_("component"), max_length=32)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    message = models.CharField(_("message"), max_length=500)
    threshold = models.FloatField(_("threshold"))
    current_value = models.FloatField(_("value"))
    started_at = models.BigIntegerField(_("started"))
    ended_at = models.BigIntegerField(_("ended"), null=True)

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
        return self.message


class AlertTransition(models.Model):
    """A step of an alert: raised, worse, better, recovered. A row before it is a message; its id is the position."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="transitions")
    state = models.CharField(max_length=10, choices=[("firing", "firing"), ("recovered", "recovered")])
    level = models.CharField(max_length=8, choices=Level)
    message = models.CharField(max_length=500)
    threshold = models.FloatField()
    current_value = models.FloatField()
    timestamp = models.BigIntegerField()


def _new_epoch() -> str:
    return uuid.uuid4().hex[:12]


class Epoch(models.Model):
    """Names the numbering of the transitions; a restored or replaced database has another one."""

    value = models.CharField(max_length=12, default=_new_epoch)
