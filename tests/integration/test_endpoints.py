"""A registered endpoint, ``/ws/monitoring``, of real servers: every way to run one says the same."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import websockets

from tests.support.http_client import Api
from tests.support.presence_server import PresenceServer
from tests.support.socket_client import EndpointClient, open_endpoint
from tests.support.waiting import eventually_async

PATH, NAME = "/ws/monitoring", "monitoring"
REPORT = {
    "client": "page",
    "connectionTime": 12.5,
    "messagesSent": 3,
    "reconnections": 2,
    "latency": 8,
    "quality": "good",
}


async def test_who_is_not_signed_in_hears_why(setup: PresenceServer) -> None:
    async with open_endpoint(setup.address, PATH, NAME) as client:
        assert await client.close_code() == 4001
    assert [message["type"] for message in client.received] == ["disconnected"]
    assert client.of("disconnected")[0]["reconnect"] is False


async def test_a_foreign_page_is_refused(setup: PresenceServer) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with open_endpoint(setup.address, PATH, NAME, session=setup.session, origin="https://evil.example"):
            pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/monitoring/", "/ws/monitoring/x", "/ws/nothing"])
async def test_no_other_address_leads_there(setup: PresenceServer, path: str) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with open_endpoint(setup.address, path, NAME, token=setup.token):
            pass


async def test_a_report_is_taken_and_shown_to_everybody(setup: PresenceServer) -> None:
    async with setup.endpoint(PATH, NAME) as client:
        assert (await client.expect("connected"))["heartbeatInterval"] == 30_000
        await client.send("client_metrics", REPORT)
        await client.send("ping", id="p", timestamp=1)
        assert (await client.expect("pong"))["timestamp"] == 1 and client.received[-1]["id"] == "p"
        found = await asyncio.to_thread(stats, setup)
        assert found["endpoints"][NAME] == 1 and found["clients"]["reporting"] == 1
        assert found["clients"]["reconnections"] >= 2 and found["clients"]["quality"] == {"good": 1}
    await eventually_async(lambda: NAME not in stats(setup)["endpoints"])


def stats(setup: PresenceServer) -> dict[str, Any]:
    with setup.api() as api:
        found: dict[str, Any] = api.get("/ws/stats")
        return found


NONSENSE = [
    ("nonsense", "PARSE_ERROR", None),
    ("{}", "INVALID_MESSAGE", "type"),
    ('{"type":"dance"}', "UNKNOWN_ACTION", "type"),
    ('{"type":"client_metrics","payload":{"messagesSent":-1}}', "INVALID_MESSAGE", "payload.messagesSent"),
    ('{"type":"client_metrics","payload":{"packetsLost":2}}', "INVALID_MESSAGE", "payload.packetsLost"),
    ('{"type":"client_metrics","payload":{"quality":"superb"}}', "INVALID_MESSAGE", "payload.quality"),
]


async def test_what_is_wrong_is_told_so_and_the_socket_stays_open(setup: PresenceServer) -> None:
    async with setup.endpoint(PATH, NAME) as client:
        for raw, code, field in NONSENSE:
            await client.connection.send(raw)
            error = await client.expect("error")
            assert (error["code"], (error.get("details") or {}).get("field")) == (code, field)
        await client.send("ping")
        await client.expect("pong")


async def test_a_flood_is_refused_and_then_closed(setup: PresenceServer) -> None:
    async with setup.endpoint(PATH, NAME) as client:
        for _ in range(400):
            await client.connection.send(json.dumps({"type": "client_metrics", "payload": {}}))
        assert await client.close_code() in (1008, 4008)
    assert {error["code"] for error in client.of("error")} == {"RATE_LIMITED"}


async def test_signing_out_ends_it(setup: PresenceServer) -> None:
    with Api(setup.address) as api:
        session = api.sign_in()
        async with open_endpoint(setup.address, PATH, NAME, session=session, origin=setup.address) as client:
            await client.expect("connected")
            await asyncio.to_thread(sign_out, api)
            assert await client.close_code() == 4001
    assert client.of("disconnected")[0]["reason"] == "signed out"


def sign_out(api: Api) -> None:
    token = api.http.cookies["csrftoken"]
    assert api.http.delete("/api/v1/auth/session", headers={"X-CSRFToken": token}).status_code == 204


async def test_a_page_on_an_allowed_origin_offers_its_token_as_a_subprotocol(setup: PresenceServer) -> None:
    offered = ["presence.v1.1", f"presence.token.{setup.token}"]
    async with open_endpoint(setup.address, PATH, NAME, origin="https://wall.example", subprotocols=offered) as client:
        await client.expect("connected")
        assert isinstance(client, EndpointClient) and client.connection.subprotocol == "presence.v1.1"
