"""Back to the tables as migrations leave them, after a test that commits.

Django's own way, ``flush``, empties every table and then lets each app fill its own again: a quarter of a second of a
processor a test, and the rows that migrations have written are gone for all tests after it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = "kept_for_tests"


def restore_instead_of_flush(migrated: Path | None) -> None:
    """Let every test that commits end that way. On SQLite, ``migrated`` is a file that is as all should be."""
    restore: Callable[[], None] | None = None
    if migrated is not None:
        restore = _sqlite(migrated)
    elif connection.vendor == "postgresql":
        restore = _postgres()
    if restore is not None:
        again = restore
        TransactionTestCase._fixture_teardown = lambda self: again()  # type: ignore[attr-defined]


def _sqlite(migrated: Path) -> Callable[[], None]:
    def restore() -> None:
        connection.ensure_connection()
        with closing(sqlite3.connect(f"file:{migrated}?immutable=1", uri=True)) as source:
            source.backup(connection.connection)

    return restore


def _postgres() -> Callable[[], None]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE")
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in tables:
            cursor.execute(f'CREATE TABLE {KEPT}."{table}" AS SELECT * FROM "{table}"')
        filled = [table for table in tables if _has_rows(table)]

    def restore() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables))
            for table in filled:
                cursor.execute(f'INSERT INTO "{table}" SELECT * FROM {KEPT}."{table}"')

    return restore


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        return cursor.fetchone() is not None
