"""Life and death of the sockets of a hub, by its own clock."""

from __future__ import annotations

import pytest

from realtime.limits import Limits
from realtime.protocol import SubscribePayload
from realtime.sweep import check
from tests.support.hub import join, make_alert, make_event, make_hub


async def test_a_silent_socket_is_told_and_closed_with_3008() -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=60))
    connection, transport = join(hub)
    clock.now += 61
    check(hub, connection, clock.now)
    assert transport.events() == ["error", "disconnected"]
    assert transport.last("error")["code"] == "HEARTBEAT_TIMEOUT"
    assert transport.last("disconnected") == {
        "code": 3008,
        "reason": "heartbeat timeout",
        "reconnect": True,
        "retryAfterMs": 0,
    }
    assert transport.closed == (3008, "heartbeat timeout")


@pytest.mark.parametrize("sign", ["message", "pong"])
async def test_any_sign_of_life_keeps_a_socket(sign: str) -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=60))
    connection, transport = join(hub)
    clock.now += 50
    if sign == "message":
        connection.message_received("nonsense")
    else:
        connection.activity()
    clock.now += 50
    check(hub, connection, clock.now)
    assert transport.closed is None


async def test_a_socket_without_subscription_and_with_nothing_but_pings_is_idle() -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=60, idle_timeout=300))
    connection, transport = join(hub)
    for _ in range(11):
        clock.now += 30
        connection.message_received('{"type":"system","action":"ping"}')
        check(hub, connection, clock.now)
    assert transport.closed == (1000, "idle") and transport.last("disconnected")["reconnect"] is False


async def test_a_subscriber_is_never_idle() -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=600, idle_timeout=300))
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["health"]], SubscribePayload(types=["health"]), None)
    clock.now += 500
    check(hub, connection, clock.now)
    assert transport.closed is None


async def test_a_reader_behind_for_too_long_is_dropped() -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=600, slow_seconds=30))
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"]), None)
    transport.paused = True
    hub.feed.take(make_event(1))
    clock.now += 29
    check(hub, connection, clock.now)
    assert transport.events().count("disconnected") == hub.dropped == 0
    clock.now += 2
    check(hub, connection, clock.now)
    assert transport.aborted and hub.dropped == 1


async def test_a_reader_with_too_much_unsent_is_dropped_at_once() -> None:
    hub, clock = make_hub(Limits(slow_bytes=1000))
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"]), None)
    transport.paused, transport.waiting = True, 1001
    hub.feed.take(make_event(1))
    check(hub, connection, clock.now)
    assert transport.aborted


async def test_a_client_that_asks_without_reading_is_dropped() -> None:
    hub, _ = make_hub(Limits(slow_bytes=1000))
    connection, transport = join(hub)
    transport.paused, transport.waiting = True, 1001
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.aborted and connection.closing


async def test_a_drain_tells_everybody_when_to_come_back() -> None:
    hub, _ = make_hub()
    everyone = [join(hub)[1] for _ in range(250)]
    await hub.drain()
    told = [transport.last("disconnected") for transport in everyone]
    assert {data["code"] for data in told} == {1012} and all(data["reconnect"] for data in told)
    assert all(200 <= data["retryAfterMs"] <= 1200 for data in told)
    assert len({data["retryAfterMs"] for data in told}) > 50
    assert {transport.closed for transport in everyone} == {(1012, "restart")}


async def test_a_socket_that_is_closing_hears_nothing_more() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    await hub.drain()
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.events() == ["disconnected"]


async def test_closes_are_counted_by_their_code() -> None:
    hub, _ = make_hub()
    for code in (1000, 1000, 1006):
        join(hub)[0].connection_closed(code)
    assert hub.disconnects == {1000: 2, 1006: 1}


async def test_closing_twice_counts_once() -> None:
    hub, _ = make_hub()
    connection, _ = join(hub)
    connection.connection_closed(1000)
    connection.connection_closed(1006)
    assert hub.disconnects == {1000: 1}


async def test_hosts_do_not_replace_each_other_in_a_history() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for position in range(1, 5):
        hub.feed.take(make_event(position, key="ab"[position % 2]))
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"], history=1), None)
    assert transport.last("history_data")["data"] == [{"n": 3}, {"n": 4}]


async def test_an_event_of_an_unknown_topic_is_ignored() -> None:
    hub, _ = make_hub()
    hub.feed.take(make_event(1, topic="weather"))
    assert "weather" not in hub.feed.recent


async def test_an_alert_is_sent_at_once_even_to_a_throttled_reader() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    payload = SubscribePayload(types=["status", "health"], throttle_ms=60_000)
    hub.subscriptions.subscribe(connection, [hub.topics["status"], hub.topics["health"]], payload, None)
    for position in (1, 2):
        hub.feed.take(make_event(position, priority="high"))
        hub.feed.take(make_alert(position, priority="high"))
    assert transport.events().count("health_alert") == 2
    assert transport.events().count("status_update") == 1
