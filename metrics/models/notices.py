"""Where people are told, and what is still to be told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.alerts import Alert, AlertTransition
from metrics.models.rules import Level


class Language(models.TextChoices):
    """The language of what is sent."""

    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


class Channel(models.Model):
    """One place that notifications go to: a mailbox, a chat room, a webhook."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    secret = models.TextField(editable=False)
    """The address, encrypted: it holds passwords and tokens."""
    masked = models.CharField(_("address"), max_length=300, editable=False)
    """The address without its secrets, to look at."""
    language = models.CharField(_("language"), max_length=8, choices=Language, default=Language.ENGLISH)
    min_level = models.CharField(
        _("from level"),
        max_length=8,
        choices=Level,
        default=Level.WARNING,
        help_text=_("Alerts that never got as bad as this are not sent here."),
    )
    group_seconds = models.PositiveIntegerField(
        _("gather for (seconds)"),
        default=10,
        help_text=_("What happens within this time goes out as one message. At most 3600."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("notification channel")
        verbose_name_plural = _("notification channels")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One notification of one transition to one channel: the outbox. Times in ms.

    ``pending`` waits for ``due_at``; ``sent``, ``failed`` (given up) and ``dropped`` (silenced, or overtaken by newer
    news) are final. While a sender holds it, ``claimed_until`` is in the future.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries", verbose_name=_("channel"))
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="deliveries", verbose_name=_("alert"))
    transition = models.ForeignKey(AlertTransition, models.CASCADE, related_name="deliveries")
    repeat = models.PositiveIntegerField(_("reminder"), default=0)
    """0 for the transition itself, then 1, 2 … for each reminder of it."""
    state = models.CharField(
        _("state"),
        max_length=8,
        default="pending",
        choices=[
            ("pending", _("waiting")),
            ("sent", _("sent")),
            ("failed", _("given up")),
            ("dropped", _("not needed")),
        ],
    )
    created_at = models.BigIntegerField()
    due_at = models.BigIntegerField()
    claimed_until = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["channel", "transition", "repeat"], name="one_notification_per_transition")
        ]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="deliveries_waiting")]
