"""A database that does not take readings for a while: the dashboard stays live, and nothing is lost."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import PresenceServer
from tests.support.waiting import eventually_async

TROUBLE = "The database does not take readings"
OVER = "The database takes readings again"


async def test_a_locked_database_is_survived(presence_server: PresenceServer) -> None:
    async with presence_server.socket() as client:
        await client.subscribe("status", history=0)
        await client.collect("status_update", 2)
        with closing(sqlite3.connect(presence_server.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await eventually_async(lambda: TROUBLE in presence_server.web.output)
            await client.collect("status_update", 5)
            other.execute("ROLLBACK")
        await eventually_async(lambda: OVER in presence_server.web.output)
        await client.collect("status_update", 2)
    await nothing_is_missing(presence_server, [data["timestamp"] for data in client.of("status_update")])
    assert presence_server.web.output.count(TROUBLE) == presence_server.web.output.count(OVER) == 1
    assert "Traceback" not in presence_server.web.output


async def nothing_is_missing(server: PresenceServer, seen: list[int]) -> None:
    """Check that the history holds exactly what was seen, each reading once."""
    assert seen == sorted(set(seen))
    with server.api() as api:
        stored = await eventually_async(
            lambda: [m for m in api.moments(seen[0]) if m <= seen[-1]] if seen[-1] in api.moments(seen[0]) else []
        )
    assert stored == seen


async def test_what_a_locked_database_did_not_take_is_stored_at_the_end(presence_server: PresenceServer) -> None:
    async with presence_server.socket() as client:
        await client.subscribe("status", history=0)
        await client.expect("status_update")
        with closing(sqlite3.connect(presence_server.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await client.collect("status_update", 3)
            presence_server.web.send(signal.SIGTERM)
            await client.close_code()
            other.execute("ROLLBACK")
    assert presence_server.web.wait() == 0
    presence_server.start()
    seen = [data["timestamp"] for data in client.of("status_update")]
    with presence_server.api() as api:
        assert set(seen) <= set(api.moments(seen[0]))


@pytest.fixture
def own_postgres(postgres_cluster: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL that a test may kill."""
    server = PostgresServer(postgres_cluster)
    server.start()
    yield server
    server.remove()


async def test_a_postgresql_that_dies_and_comes_back_is_survived(
    make_server: MakeServer, own_postgres: PostgresServer, prepared_postgres: str
) -> None:
    server = make_server(DATABASE_URL=own_postgres.url(prepared_postgres))
    server.start()
    async with server.socket(subprotocols=["presence.v1.1"]) as client:
        await client.subscribe("status", "health", history=0)
        await client.expect("history_data", where=lambda data: data["type"] == "health")
        position = client.received[-1]["metadata"]["position"]
        await client.collect("status_update", 2)
        own_postgres.process.stop(signal.SIGQUIT)
        await client.collect("status_update", 4)
        own_postgres.start()
        await eventually_async(lambda: OVER in server.web.output)
        await client.collect("status_update", 2)
        with server.api() as api:
            api.save_rule(warning_raise="0.0001")
            alert = (await client.expect("health_alert"))["alert"]
        async with server.socket(subprotocols=["presence.v1.1"]) as other:
            await other.subscribe("health", since={"health": position})
            entries = (await other.expect("history_data"))["data"]
            assert other.received[-1]["metadata"]["recovered"] is True
            assert alert["id"] in [entry["id"] for entry in entries]
        assert client.of("disconnected") == []
    await nothing_is_missing(server, [data["timestamp"] for data in client.of("status_update")])
    assert server.web.output.count(TROUBLE) == 1 and "Traceback" not in server.web.output


async def test_a_socket_that_comes_while_the_database_is_gone_is_told_to_return(
    make_server: MakeServer, own_postgres: PostgresServer, prepared_postgres: str
) -> None:
    server = make_server(DATABASE_URL=own_postgres.url(prepared_postgres))
    server.start()
    own_postgres.process.stop(signal.SIGQUIT)
    async with server.socket() as client:
        assert await client.close_code() == 1013
    (told,) = client.of("disconnected")
    assert (told["code"], told["reconnect"]) == (1013, True) and told["retryAfterMs"] > 0
