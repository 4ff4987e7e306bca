"""The scenarios: each a visitor or a crowd that does one unkind thing, and says exactly what must come of it."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.integration import raw_ws
from tests.integration.stress.endpoints import ENDPOINT_SCENARIOS
from tests.integration.stress.stage import Stage
from tests.support.follower import Follower, gap_or_double
from tests.support.slow_pipe import Filling, small_pipe
from tests.support.socket_client import Message, SocketClient, open_socket
from tests.support.waiting import eventually_async

Scenario = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def visitor(stage: Stage, token: str | None = None) -> AsyncIterator[SocketClient]:
    """An honest client of version 1.1."""
    address, token = stage.server.address, token or stage.server.token
    async with open_socket(address, token=token, subprotocols=["presence.v1.1"]) as client:
        await client.expect("connected")
        yield client


def message(action: str, payload: Message | None = None, kind: str = "health") -> str:
    """One message of a client."""
    return json.dumps({"type": kind, "action": action} | ({} if payload is None else {"payload": payload}))


async def texts(client: raw_ws.Client) -> AsyncIterator[Message]:
    """Read messages to the end of the connection; the last one is ``{"event": "closed", "data": {"code"}}``."""
    try:
        while True:
            opcode, payload = await client.frame()
            if opcode == raw_ws.CLOSE:
                yield {"event": "closed", "data": {"code": int.from_bytes(payload[:2], "big")}}
                return
            if opcode == raw_ws.TEXT:
                yield json.loads(payload)
    except (asyncio.IncompleteReadError, OSError):
        yield {"event": "closed", "data": {"code": 1006}}


async def all_texts(client: raw_ws.Client) -> list[Message]:
    """The same, as a list."""
    return [found async for found in texts(client)]


# --- crowds that come and go ---


async def a_storm_of_returns(stage: Stage) -> None:
    for _ in range(stage.random.randint(1, 4)):
        for follower in stage.random.sample(stage.followers, stage.random.randint(5, len(stage.followers))):
            follower.cut()
        await stage.more_alerts(stage.random.randint(1, 5))
    await stage.everybody_hears()


async def connections_torn_down_in_the_handshake(stage: Stage) -> None:
    handshake = stage.handshake()
    for _ in range(stage.random.randint(10, 40)):
        client = await raw_ws.Client.connect(stage.server.port)
        client.send(handshake[: stage.random.randint(0, len(handshake))])
        client.writer.transport.abort()


async def connections_torn_down_behind_the_handshake(stage: Stage) -> None:
    for _ in range(stage.random.randint(10, 40)):
        client = await raw_ws.Client.connect(stage.server.port)
        client.send(stage.handshake())
        if stage.random.random() < 0.5:
            await client.response()
        client.writer.transport.abort()


async def connections_torn_down_while_subscribing(stage: Stage) -> None:
    position = stage.random.choice(stage.followers).position
    for _ in range(stage.random.randint(5, 25)):
        client = await stage.raw()
        since = {"since": {"health": position}} if stage.random.random() < 0.7 else {}
        subscribe = raw_ws.text(message("subscribe", {"types": ["all"], **since}))
        client.send(subscribe[: stage.random.randint(1, len(subscribe))])
        client.writer.transport.abort()


async def connections_torn_down_in_the_middle_of_the_history(stage: Stage) -> None:
    for _ in range(stage.random.randint(5, 15)):
        client = await stage.raw()
        client.send(raw_ws.text(message("subscribe", {"types": ["all"], "history": 20})))
        for _ in range(stage.random.randint(1, 3)):
            client.send(raw_ws.text(message("get_history", {"type": "health", "limit": 100})))
        for _ in range(stage.random.randint(0, 4)):
            await client.frame()
        client.writer.transport.abort()


async def a_crowd_says_goodbye_properly(stage: Stage) -> None:
    async def visit() -> None:
        async with visitor(stage) as client:
            await client.subscribe("all", history=stage.random.randint(0, 20))

    await asyncio.gather(*[visit() for _ in range(stage.random.randint(5, 25))])


# --- nonsense ---

MESSAGES = (
    ("nonsense", "PARSE_ERROR"),
    ("{", "PARSE_ERROR"),
    ('"text"', "INVALID_MESSAGE"),
    ('{"type":"status"}', "INVALID_MESSAGE"),
    ('{"type":1,"action":"ping"}', "INVALID_MESSAGE"),
    ('{"type":"system","action":"dance"}', "UNKNOWN_ACTION"),
    ('{"type":"weather","action":"ping"}', "INVALID_TYPE"),
    (message("subscribe"), "INVALID_MESSAGE"),
    (message("subscribe", {"types": []}), "INVALID_MESSAGE"),
    (message("subscribe", {"types": ["weather"]}), "INVALID_TYPE"),
    (message("subscribe", {"types": ["health"], "throttleMs": -1}), "INVALID_MESSAGE"),
    (message("subscribe", {"types": ["health"], "history": 101}), "INVALID_MESSAGE"),
    (message("subscribe", {"types": ["health"], "filter": {"minSeverity": "bad"}}), "INVALID_MESSAGE"),
    (message("get_history", {"type": "all", "limit": 1}), "INVALID_TYPE"),
    (message("get_history", {"type": "health", "limit": 0}), "INVALID_MESSAGE"),
    ('{"type":"health","action":"subscribe","payload":' + "[" * 20_000 + "]" * 20_000 + "}", "PARSE_ERROR"),
)


async def messages_that_make_no_sense(stage: Stage) -> None:
    async with visitor(stage) as client:
        await client.subscribe("health", history=0)
        for raw, code in stage.random.sample(MESSAGES, len(MESSAGES)):
            await client.send_raw(raw if stage.random.random() < 0.8 else raw.encode())
            assert (await client.expect("error"))["code"] == code, raw[:100]
        await client.up_to_pong()
        await client.expect("health_alert")  # the subscription is as it was


FRAMES = (
    (raw_ws.frame(raw_ws.TEXT, b"{}", mask=None), 1002),
    (raw_ws.frame(raw_ws.TEXT, b"{}", rsv=4), 1002),
    (raw_ws.frame(0x3, b"{}"), 1002),
    (raw_ws.frame(0xB), 1002),
    (raw_ws.frame(raw_ws.PING, b"x" * 126), 1002),
    (raw_ws.frame(raw_ws.PING, fin=False), 1002),
    (raw_ws.cont("x", fin=True), 1002),
    (raw_ws.text("x", fin=False) + raw_ws.text("y"), 1002),
    (raw_ws.frame(raw_ws.CLOSE, b"x"), 1002),
    (raw_ws.close(1005), 1002),
    (raw_ws.text(b"\xff"), 1007),
    (raw_ws.text(b"\xce", fin=False) + raw_ws.cont(b"\xff"), 1007),
    (raw_ws.text("x" * 65_537), 1009),
    (raw_ws.text("x" * 40_000, fin=False) + raw_ws.cont("x" * 40_000), 1009),
    (raw_ws.close(1000), 1000),
    (raw_ws.close(4321), 4321),
)


async def frames_that_break_the_protocol(stage: Stage) -> None:
    for frame, code in stage.random.sample(FRAMES, len(FRAMES)):
        client = await stage.raw()
        client.send(raw_ws.text(message("subscribe", {"types": ["health"]})) + frame)
        closed = (await all_texts(client))[-1]
        assert closed["data"] == {"code": code}, frame[:20]
        client.writer.transport.abort()


async def visitors_who_are_nobody(stage: Stage) -> None:
    for token in (None, "wrong"):
        async with open_socket(stage.server.address, token=token) as client:
            assert await client.close_code() == 4001
            assert client.of("disconnected")[0]["reconnect"] is False


# --- those who say nothing, or too much ---


async def a_silent_client_is_told_and_closed(stage: Stage) -> None:
    client = await stage.raw()
    client.send(raw_ws.text(message("subscribe", {"types": ["health"], "history": 0})))
    found = [m async for m in texts(client) if m["event"] in ("error", "disconnected", "closed")]
    assert found[0]["data"]["code"] == "HEARTBEAT_TIMEOUT"
    assert [m["data"]["code"] for m in found[1:]] == [3008, 3008]
    client.writer.transport.abort()


async def pongs_alone_keep_a_subscriber(stage: Stage) -> None:
    async with visitor(stage) as client:  # answers pings, and says nothing itself
        await client.subscribe("health", history=0)
        first = (await client.expect("health_alert"))["alert"]["timestamp"]
        await client.expect("health_alert", lambda data: data["alert"]["timestamp"] > first + 9_000)


async def an_idle_client_is_sent_away(stage: Stage) -> None:
    async with visitor(stage) as client:
        await client.up_to_pong()
        assert await client.close_code() == 1000
        assert client.of("disconnected") == [{"code": 1000, "reason": "idle", "reconnect": False, "retryAfterMs": None}]


async def a_talker_is_refused_and_stays(stage: Stage) -> None:
    async with visitor(stage) as client:
        await client.subscribe("config", history=0)  # or it would be idle
        for _ in range(stage.random.randint(90, 130)):
            await client.send("ping")
        assert (await client.expect("error"))["code"] == "RATE_LIMITED"
        await stage.more_alerts(20)  # the bucket fills meanwhile
        await client.send("ping", id="the last")
        while (await client.next()).get("metadata", {}).get("replyTo") != "the last":
            pass
        assert client.received[-1]["event"] == "pong"


async def a_flood_is_closed(stage: Stage) -> None:
    client = await stage.raw()
    client.send(raw_ws.text(message("ping")) * stage.random.randint(300, 2_000))
    found = await all_texts(client)
    assert [m["data"]["code"] for m in found if m["event"] in ("disconnected", "closed")][:2] == [1008, 1008]
    refused = [m for m in found if m["event"] == "error"]
    assert len(refused) == 100 and {m["data"]["code"] for m in refused} == {"RATE_LIMITED"}
    client.writer.transport.abort()


async def acks_are_counted_apart(stage: Stage) -> None:
    async with visitor(stage) as client:
        await client.subscribe("config", history=0)  # or it would be idle
        for number in range(stage.random.randint(320, 390)):
            await client.send("ack", {"id": str(number)})
        assert (await client.expect("error"))["code"] == "RATE_LIMITED"
        assert [m["event"] for m in await client.up_to_pong() if m["event"] != "error"] == []


# --- changing one's mind ---


async def subscriptions_that_flap(stage: Stage) -> None:
    async with visitor(stage) as client:
        for _ in range(stage.random.randint(5, 20)):
            options: Message = {
                "throttleMs": stage.random.choice((0, 100, 1000)),
                "history": stage.random.choice((0, 10, 20)),
                "filter": stage.random.choice((None, {"hosts": ["small"]}, {"minSeverity": "critical"})),
            }
            kinds = stage.random.choice((("health",), ("status",), ("health", "status"), ("all",)))
            await client.send("subscribe", {"types": list(kinds), **options}, kind="config")
            if stage.random.random() < 0.5:
                await client.send("unsubscribe", {"types": [stage.random.choice(kinds)]}, kind="config")
        await client.send("unsubscribe", {"types": ["all"]}, kind="config", id="the last")
        while (await client.next()).get("metadata", {}).get("replyTo") != "the last":
            pass
        assert client.received[-1]["data"]["subscribed"] == []
        assert await client.up_to_pong() == []


async def a_subscription_changed_in_full_flight(stage: Stage) -> None:
    async with visitor(stage) as client:
        for _ in range(stage.random.randint(3, 10)):
            await client.subscribe("health", history=100, throttleMs=stage.random.choice((0, 100)))
            history = await client.expect("history_data")
            known = [entry["timestamp"] for entry in history["data"]]
            start = len(client.received)
            await client.expect("health_alert")
            alerts = [data["alert"]["timestamp"] for data in health_in(client.received[start:])]
            assert known + alerts == sorted({*known, *alerts})


def health_in(found: list[Message]) -> list[Message]:
    """The data of all alerts in these messages."""
    events = [e for m in found if m["type"] == "health" for e in m["data"].get("events", [m])]
    return [event["data"] for event in events]


# --- slow readers ---


async def slow_reader(stage: Stage, token: str) -> tuple[Follower, Filling]:
    """A client that follows alerts and large readings, and has stopped reading."""
    follower = Follower(stage.server.address, token)
    follower.types, follower.hosts = ["health", "status"], None
    pipe = small_pipe(stage.server.port)
    await follower.open(raw=pipe)
    while not follower.position:
        await follower.step()
    return follower, Filling(pipe)


async def a_reader_that_pauses_misses_no_alert_and_hears_what_else_it_missed(stage: Stage) -> None:
    follower, filling = await slow_reader(stage, stage.server.token)
    while not filling.full():
        await stage.more_alerts(4)  # everybody else goes on hearing
        await follower.send("ping")  # not silent, only slow
    await stage.more_alerts(stage.random.randint(15, 30))
    await follower.has(lambda f: bool(f.errors or f.closed))
    assert {error["code"] for error in follower.errors} == {"QUEUE_OVERFLOW"}
    assert all(error["details"]["missed"] > 0 for error in follower.errors)
    await follower.send("unsubscribe", {"types": ["status"]})
    seen = len(follower.seen)
    await follower.has(lambda f: len(f.seen) > seen)
    await follower.leave()
    rows = await asyncio.to_thread(stage.writer.rows)
    upto = [row for row in rows if row.id <= int(follower.position.rpartition(":")[2])]
    assert gap_or_double(follower, upto) == ""


async def a_reader_that_has_stopped_for_good_is_dropped(stage: Stage) -> None:
    _, token = await stage.user()
    before = (await stage.stats())["uniqueUsers"]
    follower, _ = await slow_reader(stage, token)

    async def dropped() -> bool:
        return bool((await stage.stats())["uniqueUsers"] <= before)

    await eventually_async(dropped)
    await follower.has(lambda f: not f.following)
    assert follower.closed == [1006]
    await follower.leave()


async def a_client_that_asks_and_never_reads_is_dropped(stage: Stage) -> None:
    connection = small_pipe(stage.server.port)
    reader, writer = await asyncio.open_connection(sock=connection)
    client = raw_ws.Client(reader, writer)
    client.send(stage.handshake())
    await client.response()
    client.reading(False)
    client.send(raw_ws.text(message("subscribe", {"types": ["health"], "history": 100})) * 58)
    await stage.more_alerts(20)
    client.reading(True)
    closed = (await all_texts(client))[-1]
    assert closed["data"]["code"] == 1006
    writer.transport.abort()


async def connections_that_end_with_a_reset(stage: Stage) -> None:
    for _ in range(stage.random.randint(3, 10)):
        client = await stage.raw()
        client.send(raw_ws.text(message("subscribe", {"types": ["all"]})))
        for _ in range(3):
            await client.frame()
        raw: socket.socket = client.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()


SCENARIOS: tuple[Scenario, ...] = (
    *ENDPOINT_SCENARIOS,
    a_storm_of_returns,
    connections_torn_down_in_the_handshake,
    connections_torn_down_behind_the_handshake,
    connections_torn_down_while_subscribing,
    connections_torn_down_in_the_middle_of_the_history,
    a_crowd_says_goodbye_properly,
    messages_that_make_no_sense,
    frames_that_break_the_protocol,
    visitors_who_are_nobody,
    a_silent_client_is_told_and_closed,
    pongs_alone_keep_a_subscriber,
    an_idle_client_is_sent_away,
    a_talker_is_refused_and_stays,
    a_flood_is_closed,
    acks_are_counted_apart,
    subscriptions_that_flap,
    a_subscription_changed_in_full_flight,
    a_reader_that_pauses_misses_no_alert_and_hears_what_else_it_missed,
    a_client_that_asks_and_never_reads_is_dropped,
    connections_that_end_with_a_reset,
)
PATIENT = (a_silent_client_is_told_and_closed, pongs_alone_keep_a_subscriber, an_idle_client_is_sent_away)
"""Those that do nothing but wait, and so begin before the others."""
LONG: tuple[Scenario, ...] = (a_reader_that_has_stopped_for_good_is_dropped,)
"""Played once, because they take their time."""
