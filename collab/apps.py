"""Registers the sessions' socket."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollabConfig(AppConfig):
    """Shared sessions."""

    name = "collab"
    verbose_name = _("Shared sessions")

    def ready(self) -> None:
        """Register the socket."""
        from collab.socket import register

        register()
