"""Life and death of the sockets of a hub, by its own clock."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from django.db import InterfaceError

from accounts.identity import Credential, Identity, IdentityLookup
from realtime import sweep as sweep_module
from realtime.lasting import lasting
from realtime.limits import Limits
from realtime.protocol import CloseCode, SubscribePayload
from realtime.ratelimit import MAX_REFUSALS
from realtime.sweep import check, sweep
from tests.support.hub import ADA, RecordingTransport, join, make_alert, make_event, make_hub
from tests.support.waiting import eventually_async


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


async def test_a_flood_of_ping_frames_ends_the_socket_and_a_few_do_not() -> None:
    hub, clock = make_hub()
    connection, transport = join(hub)
    for _ in range(500):
        connection.activity()
        clock.now += 0.1
    assert transport.closed is None
    for _ in range(60 + MAX_REFUSALS + 1):
        connection.activity()
    assert transport.closed == (1008, "rate limit")


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


# --- the end, and who is to blame ---


async def test_a_socket_that_we_ended_counts_by_our_code_whatever_its_peer_answers() -> None:
    hub, _ = make_hub()
    for code in (1006, 4008):  # no answer to our close frame; the stand-in of a server with few codes
        connection, _ = join(hub)
        connection.end(CloseCode.POLICY_VIOLATION, "rate limit", reconnect=False)
        connection.connection_closed(code)
    dropped, _ = join(hub)
    dropped.drop()
    dropped.connection_closed(1011)
    assert hub.disconnects == {1008: 2, 1006: 1}


async def test_a_client_that_asks_for_histories_without_reading_is_dropped() -> None:
    hub, _ = make_hub(Limits(slow_bytes=1000))
    connection, transport = join(hub)
    transport.paused, transport.waiting = True, 1001
    hub.subscriptions.subscribe(connection, [hub.topics["health"]], SubscribePayload(types=["health"]), None)
    assert transport.aborted and transport.sent == []


async def test_a_reader_that_is_behind_with_answers_alone_is_dropped_too() -> None:
    hub, clock = make_hub(Limits(heartbeat_timeout=600, slow_seconds=30))
    connection, transport = join(hub)
    transport.paused = True
    check(hub, connection, clock.now)
    clock.now += 29
    check(hub, connection, clock.now)
    assert not transport.aborted
    clock.now += 2
    check(hub, connection, clock.now)
    assert transport.aborted


class BrokenTransport(RecordingTransport):
    """Fails whoever asks whether its reader is behind."""

    @property
    def paused(self) -> bool:
        raise ZeroDivisionError

    @paused.setter
    def paused(self, value: bool) -> None:
        pass


async def test_one_socket_that_makes_trouble_does_not_keep_the_sweep_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep_module, "SWEEP_SECONDS", 0.001)
    hub, clock = make_hub()
    troubled, _ = join(hub)
    broken = BrokenTransport()
    troubled.attach(broken)
    _, silent = join(hub)
    sweeping = asyncio.create_task(sweep(hub))
    await eventually_async(lambda: broken.aborted)
    clock.now += 61
    await eventually_async(lambda: silent.closed == (3008, "heartbeat timeout"))
    sweeping.cancel()


async def test_work_that_fails_is_told_and_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    times = 0

    async def work() -> None:
        nonlocal times
        times += 1
        if times < 3:
            raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        await lasting("This work", work, pause=0)
    assert (
        times == 3 and [record.getMessage() for record in caplog.records] == ["This work failed, and begins again."] * 2
    )


# --- somebody's rights change ---


class Identities(IdentityLookup):
    """Knows what a test says, after as many failures as it wants."""

    def __init__(self, found: Identity | None, failures: int = 0) -> None:
        super().__init__()
        self.found, self.failures = found, failures

    async def find(self, credential: Credential) -> Identity | None:
        """Answer at once."""
        if self.failures:
            self.failures -= 1
            raise InterfaceError("the connection is closed")
        return self.found


RECHECK = {"type": "hub.recheck", "user": ADA.user_id}


async def test_who_was_signed_out_while_the_socket_was_opened_does_not_stay() -> None:
    hub, clock = make_hub()
    hub.identities = Identities(None)
    asked = clock()
    hub._control(RECHECK)  # between the look-up and the socket's being in the books
    connection, transport = join(hub)
    hub.remove(connection, 1000)
    hub.add(connection, asked)
    await eventually_async(lambda: transport.closed == (4001, "signed out"))


async def test_who_comes_after_a_change_is_not_looked_up_twice() -> None:
    hub, clock = make_hub()
    hub.identities = Identities(None)
    hub._control(RECHECK)
    clock.now += 1
    connection, transport = join(hub)
    hub.remove(connection, 1000)
    hub.add(connection, clock())
    assert not hub._tasks and transport.closed is None


@pytest.mark.parametrize("user", [ADA.user_id, None])
async def test_a_look_up_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, user: int | None) -> None:
    monkeypatch.setattr(sweep_module, "AGAIN_SECONDS", 0.001)
    hub, _ = make_hub()
    hub.identities = Identities(None, failures=2)
    _, transport = join(hub)
    hub._control({"type": "hub.recheck", "user": user})
    await eventually_async(lambda: transport.closed == (4001, "signed out"))


async def test_what_may_not_be_seen_any_more_is_unsubscribed() -> None:
    hub, _ = make_hub()
    hub.topics["health"] = replace(hub.topics["health"], may_see=lambda identity: identity.is_admin)
    connection, transport = join(hub)
    both = [hub.topics["status"], hub.topics["health"]]
    hub.subscriptions.subscribe(connection, both, SubscribePayload(types=["status", "health"]), None)
    connection.recognise(replace(ADA, is_admin=False))
    hub.feed.take(make_alert(1))
    assert transport.events()[-1] == "unsubscribed" and transport.last("unsubscribed")["subscribed"] == ["status"]


async def test_a_reason_that_no_close_frame_can_carry_is_cut_at_a_character() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.end(CloseCode.NOT_FOUND, "没有" * 100, reconnect=False)
    assert transport.closed is not None and transport.closed[1] == "没有" * 20 + "没"
    assert transport.last("disconnected")["reason"] == "没有" * 100
