"""Installations that the tests of several files share, and small databases to query in a sandbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from queries.friendly import views_for
from tests.conftest import SETUPS, servers
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.sandbox import Sandbox


@pytest.fixture(scope="package", params=SETUPS)
def setup(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path
) -> Iterator[PresenceServer]:
    """One running installation for all tests that want one, in each way that Presence is run."""
    kind, *beside = request.param.split("+")
    folder = tmp_path_factory.mktemp("setup")
    environ = {"PRESENCE_ALLOWED_ORIGINS": "https://wall.example"}
    if "postgres" in beside:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        prepared: str = request.getfixturevalue("prepared_postgres")
        environ["DATABASE_URL"] = server.url(server.create_database(prepared))
    redis = RedisServer(folder)
    if "redis" in beside:
        redis.start()
        environ["REDIS_URL"] = redis.url
    with servers(folder, prepared_sqlite) as make:
        running = make(kind, **environ)
        running.start()
        yield running
    redis.kill()


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
