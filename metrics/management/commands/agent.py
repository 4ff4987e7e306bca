"""``manage.py agent``, for ``manage.py help``; ``manage.py`` itself starts the agent without Django."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from metrics.agent.main import main


class Command(BaseCommand):
    """Hand over to the agent."""

    requires_system_checks = ()
    help = "Watch this machine and push its readings to a Presence server (see `manage.py agent --help`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        raise SystemExit(main(arguments))
