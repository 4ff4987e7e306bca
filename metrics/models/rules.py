"""What hosts are judged by, and where each rule stands on each host."""

from __future__ import annotations

import math

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.hosts import Host

MAX_SECONDS = 7 * 86_400
"""The longest time that a rule waits or repeats after."""
MAX_WINDOW_SECONDS = 3_600


class Level(models.TextChoices):
    """How bad it is."""

    INFO = "info", _("info")
    WARNING = "warning", _("warning")
    CRITICAL = "critical", _("critical")


class Component(models.TextChoices):
    """What a rule can watch; the unit stands in the label."""

    CPU = "cpu", _("CPU (%)")
    MEMORY = "memory", _("Memory (%)")
    DISK = "disk", _("Disk (%)")
    SWAP = "swap", _("Swap (%)")
    LOAD = "load", _("Load (1 minute, per core)")
    PROCESS_MEMORY = "process_memory", _("Memory of the Presence process (GB)")
    CONNECTIONS = "connections", _("WebSocket connections (count)")
    BROADCAST_LATENCY = "broadcast_latency", _("Broadcast latency, p95 (ms)")
    QUERY_TIME = "query_time", _("Database query time, p95 (ms)")
    RECONNECT_RATE = "reconnect_rate", _("Clients that reconnect (%)")
    HTTP_ERROR_RATE = "http_error_rate", _("HTTP answers that are errors (%)")
    HOST = "host", _("Host offline (seconds without a reading)")


class Comparison(models.TextChoices):
    """On which side of the threshold trouble lies."""

    ABOVE = "above", _("above")
    BELOW = "below", _("below")


class NoData(models.TextChoices):
    """What a rule does when its value has been missing for a while."""

    KEEP = "", _("keep the state")
    WARNING = "warning", _("raise a warning")
    CRITICAL = "critical", _("raise a critical alert")


def finite(value: float) -> None:
    """Refuse what is not a number that can be compared.

    Raises:
        ValidationError: for NaN and the infinities.
    """
    if not math.isfinite(value):
        raise ValidationError(_("Must be a finite number."))


def _threshold(name: object, help_text: object) -> models.FloatField[float | None, float | None]:
    return models.FloatField(name, null=True, blank=True, validators=[finite], help_text=help_text)  # type: ignore[arg-type]


def _seconds(name: object, default: int, most: int, help_text: object) -> models.PositiveIntegerField[int, int]:
    validators = [MaxValueValidator(most)]
    return models.PositiveIntegerField(name, default=default, validators=validators, help_text=help_text)  # type: ignore[arg-type]


class Rule(models.Model):
    """When a component is in trouble, and when it is well again."""

    component = models.CharField(_("component"), max_length=32, choices=Component)
    host = models.ForeignKey(
        Host, models.CASCADE, null=True, blank=True, verbose_name=_("host"), help_text=_("Empty: every host.")
    )
    comparison = models.CharField(_("trouble is"), max_length=8, choices=Comparison, default=Comparison.ABOVE)
    warning_raise = _threshold(_("warning: raise at"), _("A warning is raised beyond this value. Empty: never."))
    warning_clear = _threshold(
        _("warning: clear at"), _("It is cleared at this value or better. Empty: same as raise.")
    )
    critical_raise = _threshold(
        _("critical: raise at"), _("A critical alert is raised beyond this value. Empty: never.")
    )
    critical_clear = _threshold(
        _("critical: clear at"), _("It is cleared at this value or better. Empty: same as raise.")
    )
    window_seconds = _seconds(
        _("window (seconds)"),
        0,
        MAX_WINDOW_SECONDS,
        _("Judge the average over the last so many seconds. 0: every reading by itself. At most 3600."),
    )
    for_seconds = _seconds(
        _("for (seconds)"),
        60,
        MAX_SECONDS,
        _("How long the value must be beyond the threshold before an alert is raised."),
    )
    keep_firing_for_seconds = _seconds(
        _("keep firing for (seconds)"),
        0,
        MAX_SECONDS,
        _("How long the value must be well again before the alert ends."),
    )
    repeat_seconds = _seconds(
        _("repeat after (seconds)"),
        0,
        MAX_SECONDS,
        _("Notify again every so often while it fires and nobody has acknowledged it. 0: once."),
    )
    no_data = models.CharField(
        _("when there is no value"),
        max_length=8,
        choices=NoData,
        default=NoData.KEEP,
        blank=True,
        help_text=_("What happens when the value has been missing for two minutes."),
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
    """Where one rule stands on one host; in the database, so that a restart neither re-sends nor forgets.

    ``version`` counts the writes: a judge writes only over the version that it read, so of several that judge at once
    one succeeds and none waits.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="states")
    host = models.ForeignKey(Host, models.CASCADE, related_name="rule_states")
    level = models.CharField(max_length=8, choices=Level, blank=True)
    pending_level = models.CharField(max_length=8, choices=Level, blank=True)
    pending_since = models.BigIntegerField(null=True)
    clearing_since = models.BigIntegerField(null=True)
    missing_since = models.BigIntegerField(null=True)
    no_data = models.BooleanField(default=False)
    raised_at = models.JSONField(default=list)
    version = models.PositiveBigIntegerField(default=0)
    alert = models.ForeignKey("Alert", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "host"], name="one_state_per_rule_and_host")]


class Revision(models.Model):
    """A number that changes whenever something is edited, so that others notice with one cheap look."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField(default=0)
