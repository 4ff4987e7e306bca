"""``manage.py protocol_schema``: the JSON Schema of the wire."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from realtime.schema import wire_schema

FILE = Path("dashboard/frontend/src/client/protocol.schema.json")


class Command(BaseCommand):
    """Print, write or check the schema."""

    help = "Print the JSON Schema of the wire protocol, generated from the message structs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help=f"Write it to {FILE}.")
        parser.add_argument("--check", action="store_true", help=f"Fail when {FILE} is not what would be written.")

    def handle(self, *args: Any, write: bool, check: bool, **options: Any) -> None:
        text = json.dumps(wire_schema(), indent=2, ensure_ascii=False) + "\n"
        path = settings.BASE_DIR / FILE
        if write:
            path.write_text(text)
        elif check:
            if not path.exists() or path.read_text() != text:
                raise CommandError(f"{FILE} is out of date: run `make generate`.")
        else:
            self.stdout.write(text, ending="")
