"""A sandbox per module, and small databases to query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from queries.friendly import views_for
from tests.support.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Workers for SQLite."""
    made = Sandbox("sqlite", tmp_path_factory.mktemp("sandbox"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def history(prepared_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A migrated database with a host and some readings; a connection keeps its write-ahead log there."""
    path = tmp_path_factory.mktemp("history") / "presence.sqlite3"
    source = sqlite3.connect(prepared_sqlite)
    target = sqlite3.connect(path)
    source.backup(target)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute(
        "INSERT INTO metrics_host (name, version, last_seen, kind) VALUES ('web-1', '1.0', 1700000000000, 'machine')"
        if has_kind(target)
        else "INSERT INTO metrics_host (name, version, last_seen) VALUES ('web-1', '1.0', 1700000000000)"
    )
    for second in range(1_200):
        target.execute(
            "INSERT INTO metrics_snapshot (host_id, timestamp, cpu_usage, memory_usage, disk_usage, active_connections,"
            " uptime) VALUES ((SELECT max(id) FROM metrics_host), ?, ?, 50, 60, 7, 100)",
            (1_700_000_000_000 + second * 1000, second % 100),
        )
    target.commit()
    source.close()
    assert views_for("sqlite")
    yield path
    target.close()


def has_kind(connection: sqlite3.Connection) -> bool:
    """Whether hosts have a kind."""
    return any(row[1] == "kind" for row in connection.execute("PRAGMA table_info(metrics_host)"))
