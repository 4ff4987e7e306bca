"""``/ws`` of real servers: every way to run one says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
import websockets

from tests.support.http_client import Api
from tests.support.presence_server import HOST, PresenceServer
from tests.support.socket_client import Message, SocketClient, open_socket

NONSENSE: list[tuple[str, str, dict[str, Any] | None]] = [
    ("nonsense", "PARSE_ERROR", None),
    ("[]", "INVALID_MESSAGE", None),
    ('{"type":"status"}', "INVALID_MESSAGE", {"field": "action"}),
    ('{"type":"system","action":"dance"}', "UNKNOWN_ACTION", None),
    ('{"type":"weather","action":"ping"}', "INVALID_TYPE", {"field": "type"}),
    ('{"type":"status","action":"subscribe","payload":{"types":["weather"]}}', "INVALID_TYPE", {"type": "weather"}),
    ('{"type":"status","action":"subscribe","payload":{}}', "INVALID_MESSAGE", {"field": "payload.types"}),
    (
        '{"type":"status","action":"get_history","payload":{"type":"status","limit":101}}',
        "INVALID_MESSAGE",
        {"field": "payload.limit"},
    ),
    ('{"type":"status","action":"subscribe","payload":' + "[" * 50_000 + "]" * 50_000 + "}", "PARSE_ERROR", None),
]


# --- who gets in ---


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_the_unsigned_hear_why_and_are_closed_for_good(setup: PresenceServer, token: str | None) -> None:
    async with open_socket(setup.address, token=token) as client:
        code = await client.close_code()
    assert code == 4001 and [message["event"] for message in client.received] == ["disconnected"]
    assert client.of("disconnected") == [
        {"code": 4001, "reason": "not signed in", "reconnect": False, "retryAfterMs": None}
    ]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_session_from_a_foreign_page_is_refused(setup: PresenceServer, origin: str | None) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with open_socket(setup.address, session=setup.session, origin=origin):
            pass
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize("cookie", ['"\\000abcdefgh"', '"\\377\\012abcdefgh"', "x" * 4_000, "' OR 1=1 --", "ü" * 8])
async def test_a_cookie_that_could_be_no_session_is_nobodys(setup: PresenceServer, cookie: str) -> None:
    with Api(setup.address) as api:
        headers = {b"cookie": f"presence_session={cookie}".encode("latin-1")}
        answer = api.http.get("/api/v1/auth/session", headers=headers)
        assert answer.status_code == 200 and answer.json()["user"] is None
    async with open_socket(setup.address, session=cookie, origin=setup.address) as client:
        assert await client.close_code() == 4001


async def test_a_session_from_our_own_page_is_let_in(setup: PresenceServer) -> None:
    with Api(setup.address) as api:
        async with open_socket(setup.address, session=api.sign_in(), origin=setup.address) as client:
            await client.expect("connected")


async def test_a_page_on_an_allowed_origin_offers_its_token_as_a_subprotocol(setup: PresenceServer) -> None:
    offered = ["presence.v1.1", f"presence.token.{setup.token}"]
    async with open_socket(setup.address, origin="https://wall.example", subprotocols=offered) as client:
        assert (await client.expect("connected"))["protocolVersion"] == "1.1"
        assert client.connection.subprotocol == "presence.v1.1"


async def test_an_unknown_path_is_refused(setup: PresenceServer) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with open_socket(f"{setup.address}/nowhere", token=setup.token):
            pass


# --- the conversation ---


async def test_the_first_message_says_what_a_client_needs(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        data = await client.expect("connected")
    assert client.received[0]["event"] == "connected" and client.received[0]["type"] == "system"
    assert data["connectionId"] and data["serverTime"] > 1_700_000_000_000
    assert data["supportedTypes"] == ["status", "stats", "health", "config"]
    assert (data["heartbeatInterval"], data["heartbeatTimeout"], data["maxReconnectAttempts"]) == (30_000, 60_000, 0)
    assert (data["protocolVersion"], data["supportedVersions"]) == ("1.0", ["1.0", "1.1"])


async def test_subscribing_brings_history_and_then_every_new_reading_once(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.subscribe("status")
        await client.collect("status_update", 3)
    events = [message["event"] for message in client.received]
    assert events == ["connected", "subscribed", "history_data", *["status_update"] * 3]
    history = [entry["timestamp"] for entry in client.of("history_data")[0]["data"]]
    moments = history + [data["timestamp"] for data in client.of("status_update")]
    assert moments == sorted(set(moments)) and len(history) <= 50
    assert {data["host"] for data in client.of("status_update")} == {HOST}


async def test_a_second_subscriber_gets_the_same_readings(setup: PresenceServer) -> None:
    async with setup.socket() as one, setup.socket() as other:
        for client in (one, other):
            await client.subscribe("status", history=0)
        first = await one.expect("status_update")
        same = await other.expect("status_update", where=lambda data: data["timestamp"] >= first["timestamp"])
        if same["timestamp"] > first["timestamp"]:  # the second came a tick later
            first = await one.expect("status_update", where=lambda data: data["timestamp"] >= same["timestamp"])
    assert first == same


async def test_changes_take_one_reading_to_the_next(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.subscribe("status", history=0)
        before, after = await client.collect("status_update", 2)
    changed = {change["field"]: (change["oldValue"], change["newValue"]) for change in after["changes"]}
    fields = ("cpuUsage", "memoryUsage", "diskUsage", "activeConnections")
    values = {field: (before["status"][field], after["status"][field]) for field in fields}
    assert changed == {field: pair for field, pair in values.items() if pair[0] != pair[1]}


async def test_everything_can_be_subscribed_at_once(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        confirmed = await client.subscribe("all")
        await client.collect("history_data", 4)
        await client.expect("stats_update")
        await client.expect("status_update")
    assert confirmed["subscribed"] == ["status", "stats", "health", "config"]
    assert [data["type"] for data in client.of("history_data")] == ["status", "stats", "health", "config"]
    periods = [entry["period"] for entry in client.of("stats_update")[0]["stats"]]
    assert periods == ["1m", "5m", "15m", "1h", "24h"]


async def test_a_ping_is_answered(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.expect("connected")
        assert await client.up_to_pong() == []


async def test_every_message_that_is_wrong_is_told_so_and_the_socket_stays_open(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.expect("connected")
        for raw, code, details in NONSENSE:
            await client.send_raw(raw)
            (message,) = await client.up_to_pong()
            assert message["event"] == message["type"] == "error", message
            assert (message["data"]["code"], message["data"].get("details")) == (code, details)


async def test_a_binary_message_is_read_like_a_text(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.send_raw(json.dumps({"type": "system", "action": "ping"}).encode())
        await client.expect("pong")


async def test_history_can_be_asked_for_by_the_page(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        await client.subscribe("status", history=0)
        await client.collect("status_update", 3)
        newest = await history(client, {"type": "status", "limit": 2})
        older = await history(client, {"type": "status", "limit": 100, "before": newest[-1]})
        nothing = await history(client, {"type": "status", "limit": 5, "before": 0})
    assert len(newest) == 2 and nothing == []
    assert older[-1] == newest[0] and older == sorted(set(older))


async def history(client: SocketClient, payload: Message) -> list[int]:
    """Ask for history and return the times in it."""
    await client.send("get_history", payload, kind="status")
    data = await client.expect("history_data")
    return [entry["timestamp"] for entry in data["data"]]


async def test_nothing_comes_after_unsubscribing(setup: PresenceServer) -> None:
    async with setup.socket() as client, setup.socket() as witness:
        await client.subscribe("all")
        await client.send("unsubscribe", {"types": ["status", "stats"]})
        assert (await client.expect("unsubscribed"))["subscribed"] == ["health", "config"]
        await witness.subscribe("status", history=0)
        await witness.collect("status_update", 2)
        events = [message["event"] for message in await client.up_to_pong()]
    assert "status_update" not in events and "stats_update" not in events


async def test_a_filter_on_another_host_lets_nothing_through(setup: PresenceServer) -> None:
    async with setup.socket() as client, setup.socket() as witness:
        await client.subscribe("status", filter={"hosts": ["elsewhere"]})
        await witness.subscribe("status", history=0)
        await witness.collect("status_update", 2)
        await client.up_to_pong()
    assert client.of("status_update") == [] and client.of("history_data")[0]["data"] == []


async def test_one_program_that_floods_is_refused_and_then_closed(setup: PresenceServer) -> None:
    async with setup.socket() as client:
        for _ in range(400):
            await client.send("ping")
        code = await client.close_code()
    assert code in (1008, 4008) and client.of("disconnected")[0]["code"] == 1008
    assert {data["code"] for data in client.of("error")} == {"RATE_LIMITED"}


# --- rules and alerts ---


async def test_a_rule_that_is_edited_raises_an_alert_and_ends_it(setup: PresenceServer) -> None:
    with setup.api() as api:
        async with setup.socket() as client:
            await client.subscribe("health", "config", history=0)
            api.save_rule(warning_raise="0.0001")
            number = api.newest_rule()
            await client.expect("config_changed", where=lambda data: data["id"] == number)
            alert = await ours(client, "health_alert", number)
            assert alert["state"] == "firing" and alert["level"] == "warning" and alert["component"] == "disk"
            api.save_rule(number, warning_raise="99.9999")
            recovery = await ours(client, "health_recovery", number)
            assert recovery["state"] == "recovered" and recovery["id"] == alert["id"]
            assert recovery["endedAt"] >= recovery["startedAt"] == alert["startedAt"]
            api.delete_rule(number)


async def ours(client: SocketClient, event: str, rule: int) -> Message:
    """Return the next alert of a rule."""
    data = await client.expect(event, where=lambda data: data["alert"]["details"]["ruleId"] == rule)
    alert: Message = data["alert"]
    return alert


async def test_an_alert_that_was_missed_is_caught_up_with_by_its_position(setup: PresenceServer) -> None:
    with setup.api() as api:
        async with setup.socket(subprotocols=["presence.v1.1"]) as client:
            await client.subscribe("health", history=0)
            await client.expect("history_data")
            position = client.received[-1]["metadata"]["position"]
        async with setup.socket() as witness:
            await witness.subscribe("health", history=0)
            api.save_rule(warning_raise="0.0001")
            number = api.newest_rule()
            missed = await ours(witness, "health_alert", number)
            api.delete_rule(number)
            await witness.expect("health_recovery", where=lambda data: data["alert"]["id"] == missed["id"])
        async with setup.socket(subprotocols=["presence.v1.1"]) as client:
            await client.subscribe("health", since={"health": position})
            entries = (await client.expect("history_data"))["data"]
            assert client.received[-1]["metadata"]["recovered"] is True
    assert [entry["state"] for entry in entries if entry["id"] == missed["id"]] == ["firing", "recovered"]


async def test_signing_out_ends_the_sockets_of_that_session(setup: PresenceServer) -> None:
    with Api(setup.address) as api:
        session = api.sign_in()
        async with open_socket(setup.address, session=session, origin=setup.address) as client:
            await client.expect("connected")
            token = api.http.cookies["csrftoken"]
            assert api.http.delete("/api/v1/auth/session", headers={"X-CSRFToken": token}).status_code == 204
            assert await client.close_code() == 4001
    assert client.of("disconnected")[0]["reconnect"] is False
