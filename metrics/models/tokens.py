"""Keys with which hosts and applications push their readings."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.hosts import Host


class HostToken(models.Model):
    """A key that writes one host's readings and can do nothing else. Only its SHA-256 is kept."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="tokens", verbose_name=_("host"))
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("What uses this token."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.BigIntegerField(_("created"), help_text=_("Time in ms."))
    used_at = models.BigIntegerField(_("last used"), default=0, help_text=_("Time in ms, to the minute."))

    class Meta:
        verbose_name = _("host token")
        verbose_name_plural = _("host tokens")
        ordering = ("host__name", "id")

    def __str__(self) -> str:
        return f"{self.name or _('token')} ({self.host})"
