"""App configuration."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The pages."""

    name = "dashboard"
