"""``manage.py host_token``: a key with which a host or an application pushes."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metrics.ingest.tokens import host_token_create
from metrics.models import Host, HostToken


class Command(BaseCommand):
    """Make a token for one host; the host is made when it is new."""

    requires_system_checks = ()
    help = "Make a token that writes the readings of one host and can do nothing else. The key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("host", help="Name of the host or application, as it is to be called on the dashboard.")
        parser.add_argument("--kind", choices=["machine", "service"], default="machine", help="What it is.")
        parser.add_argument("--name", default="", help="What uses this token, for the list in the admin.")
        parser.add_argument("--revoke", action="store_true", help="Delete every token of the host instead.")

    def handle(self, *args: Any, host: str, kind: str, name: str, revoke: bool, **options: Any) -> None:
        if not 0 < len(host) <= 253:
            raise CommandError("The name must have 1 to 253 characters.")
        if revoke:
            count = HostToken.objects.filter(host__name=host).delete()[0]
            self.stdout.write(f"Deleted {count} tokens of {host}.")
            return
        row, _ = Host.objects.get_or_create(name=host, defaults={"kind": kind})
        key = host_token_create(host=row, name=name, now=time.time_ns() // 1_000_000)
        self.stdout.write(key)
        self.stderr.write(f"This key writes {host}. It is not shown again: keep it in a file that only its user reads.")
