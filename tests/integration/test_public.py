"""``/ws/public``: the live page for strangers, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from tests.conftest import servers
from tests.support.presence_server import HOST, PresenceServer
from tests.support.socket_client import open_endpoint, open_socket

PATH = "/ws/public"


@pytest.fixture(scope="module")
def public_server(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """A server whose public page is on."""
    with servers(tmp_path_factory.mktemp("public"), prepared_sqlite) as make:
        server = make(PRESENCE_PUBLIC="yes")
        server.start()
        yield server


async def test_strangers_follow_the_machines_without_what_runs_on_them(public_server: PresenceServer) -> None:
    async with open_socket(public_server.address, path=PATH, subprotocols=["presence.v1.1"]) as client:
        assert (await client.subscribe("all"))["subscribed"] == ["status"]
        history = await client.expect("history_data")
        updates = [await client.expect("status_update") for _ in range(6)]
    statuses = [*history["data"], *(update["status"] for update in updates)]
    assert {status["host"] for status in statuses} == {HOST}
    assert all("processes" not in status and status["version"] == "" for status in statuses)


@pytest.mark.parametrize("topic", ["stats", "health", "config"])
async def test_strangers_see_no_other_topic(public_server: PresenceServer, topic: str) -> None:
    async with open_socket(public_server.address, path=PATH) as client:
        await client.send("subscribe", {"types": [topic]})
        assert (await client.expect("error"))["code"] == "UNAUTHORIZED"
        await client.send("get_history", {"type": "status", "limit": 1})
        assert (await client.expect("error"))["code"] == "UNAUTHORIZED"


async def test_a_token_opens_no_more_there(public_server: PresenceServer) -> None:
    async with open_socket(public_server.address, path=PATH, token=public_server.token) as client:
        assert (await client.expect("connected"))["supportedTypes"] == ["status"]


async def test_the_other_sockets_stay_closed(public_server: PresenceServer) -> None:
    async with open_socket(public_server.address) as client:
        assert await client.close_code() == 4001
    async with open_endpoint(public_server.address, "/ws/monitoring", "monitoring") as other:
        assert await other.close_code() == 4001


async def test_a_token_that_is_none_makes_nobody_a_stranger_elsewhere(public_server: PresenceServer) -> None:
    offered = ["presence.v1.1", "presence.token."]
    async with open_socket(public_server.address, subprotocols=offered) as client:
        assert await client.close_code() == 4001
    async with open_endpoint(public_server.address, "/ws/monitoring", "monitoring", subprotocols=offered) as other:
        assert await other.close_code() == 4001


async def test_a_page_of_another_origin_is_refused(public_server: PresenceServer) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with open_socket(public_server.address, path=PATH, origin="https://evil.example"):
            pass
    assert caught.value.response.status_code == 403


async def test_without_the_setting_it_is_closed_to_everybody(presence_server: PresenceServer) -> None:
    async with open_socket(presence_server.address, path=PATH, token=presence_server.token) as client:
        assert await client.close_code() == 4001
