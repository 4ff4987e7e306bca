"""A server that ends, and one that comes back at the same place."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer, servers
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.socket_client import Message, SocketClient


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    with servers(tmp_path_factory.mktemp("restart"), prepared_sqlite) as make:
        yield make()


@pytest.fixture
def presence_server(lasting: PresenceServer) -> PresenceServer:
    """One server for all tests here, running; some leave it ended."""
    if not lasting.web.running:
        lasting.start()
    return lasting


async def updates(client: SocketClient, count: int) -> list[int]:
    """Subscribe without history, and return the times of the next readings."""
    await client.subscribe("status", history=0)
    return [data["timestamp"] for data in await client.collect("status_update", count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
async def test_after_a_restart_everything_that_was_seen_is_in_the_history(
    presence_server: PresenceServer, number: signal.Signals
) -> None:
    async with presence_server.socket() as client:
        before = await updates(client, 2)
    presence_server.web.stop(number)
    presence_server.start()
    async with presence_server.socket() as client:
        after = await updates(client, 2)
    with presence_server.api() as api:
        stored = api.moments(before[0])
    assert set(before + after) <= set(stored) and stored == sorted(set(stored))
    assert [moment for moment in stored if before[0] <= moment <= before[1]] == before
    assert [moment for moment in stored if after[0] <= moment <= after[1]] == after


async def test_a_socket_that_comes_back_gets_a_history_that_joins_up(presence_server: PresenceServer) -> None:
    async with presence_server.socket() as client:
        before = await updates(client, 2)
    presence_server.web.stop()
    presence_server.start()
    async with presence_server.socket() as client:
        await client.subscribe("status", history=100)
        history = [entry["timestamp"] for entry in (await client.expect("history_data"))["data"]]
        live = [data["timestamp"] for data in await client.collect("status_update", 2)]
    assert set(before) <= set(history) and history + live == sorted(set(history + live))


async def test_an_alert_survives_a_restart_and_recovers_after_it(make_server: MakeServer) -> None:
    presence_server = make_server()
    presence_server.start()
    with presence_server.api() as api:
        async with presence_server.socket(subprotocols=["presence.v1.1"]) as client:
            await client.subscribe("health", history=0)
            api.save_rule(warning_raise="0.0001")
            raised = (await client.expect("health_alert"))["alert"]
            await client.subscribe("health", history=0)
            await client.expect("history_data")
            position = client.received[-1]["metadata"]["position"]
        number = api.newest_rule()
    presence_server.web.stop(signal.SIGKILL)
    presence_server.start()
    with presence_server.api() as api:
        async with presence_server.socket(subprotocols=["presence.v1.1"]) as client:
            await client.subscribe("status", "health", since={"health": position})
            await client.collect("status_update", 2)
            api.save_rule(number, warning_raise="99.9999")
            recovered = (await client.expect("health_recovery"))["alert"]
    assert recovered["id"] == raised["id"] and client.of("health_alert") == []
    health = [data for data in client.of("history_data") if data["type"] == "health"]
    assert health == [{"type": "health", "data": []}] and recovery_metadata(client)["recovered"] is True


def recovery_metadata(client: SocketClient) -> Message:
    """Return the metadata of the history of alerts."""
    message = next(m for m in client.received if m["event"] == "history_data" and m["data"]["type"] == "health")
    metadata: Message = message["metadata"]
    return metadata


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_every_client_is_told_when_to_come_back(presence_server: PresenceServer, number: signal.Signals) -> None:
    async with presence_server.socket() as one, presence_server.socket() as other:
        await one.subscribe("all")
        await other.expect("connected")
        presence_server.web.send(number)
        for client in (one, other):
            told = await client.expect("disconnected")
            assert (told["code"], told["reason"], told["reconnect"]) == (1012, "restart", True)
            assert 200 <= told["retryAfterMs"] <= 1_200
            assert await client.close_code() == 1012
    assert presence_server.web.wait() == 0
    assert presence_server.web.output.endswith("Stopped.\n") and "Traceback" not in presence_server.web.output


async def test_a_server_without_clients_stops_too(presence_server: PresenceServer) -> None:
    assert presence_server.web.stop() == 0 and presence_server.web.output.endswith("Stopped.\n")


async def test_a_client_that_comes_while_the_server_ends_is_not_left_hanging(presence_server: PresenceServer) -> None:
    async with presence_server.socket() as client:
        await client.expect("connected")
        presence_server.web.send(signal.SIGTERM)
        await client.expect("disconnected")
    assert presence_server.web.wait() == 0


async def test_a_client_of_daphne_is_served_again_after_a_restart(
    make_server: MakeServer, redis_server: RedisServer
) -> None:
    server = make_server("daphne", REDIS_URL=redis_server.url)
    server.start()
    async with server.socket() as client:
        before = await updates(client, 1)
    server.web.stop()
    server.start()
    async with server.socket() as client:
        await client.subscribe("status", history=100)
        history = [entry["timestamp"] for entry in (await client.expect("history_data"))["data"]]
        live = [data["timestamp"] for data in await client.collect("status_update", 2)]
    assert before[0] in history and history + live == sorted(set(history + live))
