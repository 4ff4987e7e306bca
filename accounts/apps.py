"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Sign-in, tokens and groups."""

    name = "accounts"
    verbose_name = _("Access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the four groups after every migration, and keep the list of signed-in browsers."""
        from accounts import sign_ins
        from accounts.services import admin_group_permit, groups_ensure

        post_migrate.connect(lambda **_: groups_ensure(), sender=self, weak=False)
        post_migrate.connect(admin_group_permit, dispatch_uid="admin_group_permit")
        sign_ins.connect()
