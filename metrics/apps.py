"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    """Hosts, snapshots, rules and alerts."""

    name = "metrics"
    verbose_name = _("Monitoring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the topics, and tell dashboards when a rule changes."""
        from metrics import measures, signals
        from metrics.statistics import queries
        from metrics.topics import register_topics

        register_topics()
        signals.connect()
        queries.connect()
        measures.register_measures()
