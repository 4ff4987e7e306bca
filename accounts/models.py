"""Tokens: how programs sign in. Sign-ins: how browsers did. Preferences: what people chose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Token(models.Model):
    """A key for programs. Only its SHA-256 is kept, so the table does not give the keys away."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100, help_text=_("What uses this token."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    read_only = models.BooleanField(
        _("read only"), default=False, help_text=_("May look at everything its user may see, but change nothing.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("Empty: never."))
    last_used_at = models.DateTimeField(
        _("last used"), null=True, blank=True, editable=False, help_text=_("To about ten minutes.")
    )

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"


class SignIn(models.Model):
    """One signed-in browser: what people need to recognise it. Django's session itself holds who it is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins", verbose_name=_("user"))
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    created_at = models.DateTimeField(_("signed in"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"), help_text=_("To about ten minutes."))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return f"{self.user} {self.user_agent[:40]}"


class Preferences(models.Model):
    """How one person wants to see things, on every device. Empty: as the browser asks for."""

    LANGUAGES = (("", _("as the browser asks")), ("en", "English"), ("zh-Hans", "简体中文"))
    THEMES = (("system", _("as the system is set")), ("light", _("light")), ("dark", _("dark")))
    UNITS = (("binary", _("KiB, MiB: steps of 1,024")), ("decimal", _("kB, MB: steps of 1,000")))
    DENSITIES = (("comfortable", _("comfortable")), ("compact", _("compact")))

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences", verbose_name=_("user")
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="", choices=LANGUAGES)
    theme = models.CharField(_("theme"), max_length=10, default="system", choices=THEMES)
    units = models.CharField(_("units"), max_length=10, default="binary", choices=UNITS)
    density = models.CharField(_("density"), max_length=12, default="comfortable", choices=DENSITIES)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return str(self.user)
