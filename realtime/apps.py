"""App configuration."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Sockets, topics and delivery."""

    name = "realtime"

    def ready(self) -> None:
        """Let sockets follow what happens to their user."""
        from realtime import signals

        signals.connect()
