"""What hosts are judged by, and where each rule stands on each host."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.hosts import Host


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


class Comparison(models.TextChoices):
    """On which side of the threshold trouble lies."""

    ABOVE = "above", _("above")
    BELOW = "below", _("below")


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
