"""The console's application."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class QueriesConfig(AppConfig):
    """Registers the socket, and keeps PostgreSQL's views in step with migrations."""

    name = "queries"
    verbose_name = _("Query console")

    def ready(self) -> None:
        from queries.migrating import views_away, views_back
        from queries.socket import register_query_endpoint

        register_query_endpoint()
        arguments: dict[str, Any] = {"sender": self}
        pre_migrate.connect(views_away, dispatch_uid="queries_views_away", **arguments)
        post_migrate.connect(views_back, dispatch_uid="queries_views_back", **arguments)
