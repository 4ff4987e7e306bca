"""App configuration."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Sockets, topics and delivery."""

    name = "realtime"

    def ready(self) -> None:
        """Register the endpoint that is ours, and let sockets follow what happens to their user."""
        from realtime import signals
        from realtime.monitoring import register_monitoring

        register_monitoring()
        signals.connect()
