"""Installations that the tests of several files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SETUPS, servers
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer


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
