"""``manage.py query_role``: the role by which the console reads the history on PostgreSQL."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    """Make the role, or print the SQL that a superuser runs where Presence may not."""

    help = (
        "Make the PostgreSQL role and the views of the query console, and take dangerous functions from PUBLIC. "
        "Migrating does the same. It needs a superuser: where Presence's own user is none, give the output of --sql "
        "to one, with psql, connected to Presence's database. SQLite needs nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sql", action="store_true", help="Print the SQL (it holds the role's password).")

    def handle(self, *args: Any, sql: bool, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("Nothing to do: on SQLite the console needs no role.")
            return
        from queries.postgres_role import role_name, role_set_up, statements

        if sql:
            owner = connection.settings_dict["USER"]
            self.stdout.write("BEGIN;\n" + "".join(f"{text};\n" for text in statements(app_role=owner)) + "COMMIT;")
            return
        if problem := role_set_up():
            raise CommandError(f"Not done: {problem}. Let a superuser run the output of `manage.py query_role --sql`.")
        self.stdout.write(f"The role {role_name()} is ready.")
