"""Every message that a client can get wrong, and the exact answer; the right ones, and what they change."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.actions import MAX_READING
from realtime.ratelimit import MAX_REFUSALS
from tests.support.hub import join, make_alert, make_event, make_hub
from tests.support.waiting import eventually_async

DEEP = "[" * 100_000 + "]" * 100_000
ACTIONS = "subscribe, unsubscribe, ping, get_history, ack"
TYPES = "status, stats, health, config"


def asks(action: str, payload: str) -> str:
    return f'{{"type":"status","action":"{action}","payload":{payload}}}'


NOT_READABLE = [
    ("nonsense", "This is not JSON: JSON is malformed: invalid character (byte 4)"),
    ("", "This is not JSON: Input data was truncated"),
    ('{"type":"system","action":"ping"', "This is not JSON: Input data was truncated"),
    ('{"type":"system","action":"ping"} x', "This is not JSON: JSON is malformed: trailing characters (byte 35)"),
    ('{"type":"system","action":"ping","x":NaN}', "This is not JSON: JSON is malformed: invalid character (byte 37)"),
    (b"\xff\xfe", "This is not JSON: JSON is malformed: invalid character (byte 0)"),
    (asks("subscribe", DEEP), "This JSON is nested too deeply."),
    (asks("subscribe", f'{{"x":{DEEP}}}'), "This JSON is nested too deeply."),
    (asks("ping", DEEP), "This JSON is nested too deeply."),
]


@pytest.mark.parametrize(("raw", "text"), NOT_READABLE, ids=range(len(NOT_READABLE)))
async def test_what_is_not_json_is_a_parse_error(raw: str | bytes, text: str) -> None:
    assert await answer_to(raw) == {"code": "PARSE_ERROR", "message": text}


@pytest.mark.parametrize(
    ("raw", "kind"), [("[]", "array"), ("5", "int"), ('"x"', "str"), ("null", "null"), (DEEP, "array")], ids=range(5)
)
async def test_what_is_no_object_is_an_invalid_message(raw: str, kind: str) -> None:
    assert await answer_to(raw) == {"code": "INVALID_MESSAGE", "message": f"Expected `object`, got `{kind}`."}


WRONG_SHAPES = [
    ('{"action":"ping"}', "type", "type is missing."),
    ('{"type":"status"}', "action", "action is missing."),
    ('{"action":5,"type":"status"}', "action", "action: Expected `str`, got `int`."),
    ('{"type":"system","action":"ping","id":5}', "id", "id: Expected `str | null`, got `int`."),
    (
        '{"type":"system","action":"ping","timestamp":"now"}',
        "timestamp",
        "timestamp: Expected `float | null`, got `str`.",
    ),
    (
        '{"type":"system","action":"ping","direction":"server-to-client"}',
        "direction",
        "direction: Invalid enum value 'server-to-client'.",
    ),
    ('{"type":"status","action":"subscribe"}', "payload.types", "payload.types is missing."),
    (asks("subscribe", "null"), "payload", "payload: Expected `object`, got `null`."),
    (asks("subscribe", "[]"), "payload", "payload: Expected `object`, got `array`."),
    (asks("subscribe", "{}"), "payload.types", "payload.types is missing."),
    (asks("subscribe", '{"types":"status"}'), "payload.types", "payload.types: Expected `array`, got `str`."),
    (asks("subscribe", '{"types":[]}'), "payload.types", "payload.types: Expected `array` of length >= 1."),
    (asks("subscribe", '{"types":[1]}'), "payload.types[0]", "payload.types[0]: Expected `str`, got `int`."),
    (
        asks("subscribe", '{"types":["status"],"throttleMs":-1}'),
        "payload.throttleMs",
        "payload.throttleMs: Expected `int` >= 0.",
    ),
    (
        asks("subscribe", '{"types":["status"],"throttleMs":60001}'),
        "payload.throttleMs",
        "payload.throttleMs: Expected `int` <= 60000.",
    ),
    (
        asks("subscribe", '{"types":["status"],"throttleMs":"1"}'),
        "payload.throttleMs",
        "payload.throttleMs: Expected `int`, got `str`.",
    ),
    (
        asks("subscribe", '{"types":["status"],"history":101}'),
        "payload.history",
        "payload.history: Expected `int` <= 100.",
    ),
    (
        asks("subscribe", '{"types":["status"],"history":-1}'),
        "payload.history",
        "payload.history: Expected `int` >= 0.",
    ),
    (
        asks("subscribe", '{"types":["status"],"filter":{"minSeverity":"bad"}}'),
        "payload.filter.minSeverity",
        "payload.filter.minSeverity: Invalid enum value 'bad'.",
    ),
    (
        asks("subscribe", '{"types":["status"],"filter":{"hosts":"a"}}'),
        "payload.filter.hosts",
        "payload.filter.hosts: Expected `array | null`, got `str`.",
    ),
    (
        asks("subscribe", '{"types":["status"],"since":{"status":5}}'),
        "payload.since[...]",
        "payload.since[...]: Expected `str`, got `int`.",
    ),
    ('{"type":"status","action":"unsubscribe"}', "payload.types", "payload.types is missing."),
    (asks("get_history", '{"type":"status"}'), "payload.limit", "payload.limit is missing."),
    (asks("get_history", '{"limit":5}'), "payload.type", "payload.type is missing."),
    (asks("get_history", '{"type":"status","limit":0}'), "payload.limit", "payload.limit: Expected `int` >= 1."),
    (asks("get_history", '{"type":"status","limit":101}'), "payload.limit", "payload.limit: Expected `int` <= 100."),
    (
        asks("get_history", '{"type":"status","limit":5.5}'),
        "payload.limit",
        "payload.limit: Expected `int`, got `float`.",
    ),
    (
        asks("get_history", '{"type":"status","limit":5,"before":"x"}'),
        "payload.before",
        "payload.before: Expected `int | null`, got `str`.",
    ),
    (
        asks("get_history", '{"type":"status","limit":5,"before":-1}'),
        "payload.before",
        "payload.before: Expected `int` >= 0.",
    ),
    (
        asks("get_history", '{"type":"status","limit":5,"before":253402300800000}'),
        "payload.before",
        "payload.before: Expected `int` <= 253402300799999.",
    ),
    (
        asks("subscribe", json.dumps({"types": ["status"], "filter": {"hosts": ["a"] * 1001}})),
        "payload.filter.hosts",
        "payload.filter.hosts: Expected `array` of length <= 1000.",
    ),
    (
        asks("subscribe", json.dumps({"types": ["status"] * 101})),
        "payload.types",
        "payload.types: Expected `array` of length <= 100.",
    ),
    (asks("ack", '{"id":5}'), "payload.id", "payload.id: Expected `str | null`, got `int`."),
]


@pytest.mark.parametrize(("raw", "field", "text"), WRONG_SHAPES)
async def test_a_wrong_shape_names_the_field(raw: str, field: str, text: str) -> None:
    assert await answer_to(raw) == {"code": "INVALID_MESSAGE", "message": text, "details": {"field": field}}


async def test_an_unknown_action_is_told_what_is_known() -> None:
    assert await answer_to('{"type":"system","action":"dance"}') == {
        "code": "UNKNOWN_ACTION",
        "message": f"Unknown action 'dance'; known are {ACTIONS}.",
    }


@pytest.mark.parametrize("kind", ["weather", "error", "all", "Status", ""])
async def test_an_unknown_type_of_message_is_told_what_is_known(kind: str) -> None:
    assert await answer_to(json.dumps({"type": kind, "action": "ping"})) == {
        "code": "INVALID_TYPE",
        "message": f"Unknown type {kind!r}; known are config, health, stats, status, system.",
        "details": {"field": "type"},
    }


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
async def test_one_unknown_topic_spoils_the_whole_message(action: str) -> None:
    assert await answer_to(asks(action, '{"types":["status","weather"]}')) == {
        "code": "INVALID_TYPE",
        "message": f"Unknown type 'weather'; known are {TYPES}, all.",
        "details": {"type": "weather"},
    }


async def test_history_is_of_one_type() -> None:
    assert await answer_to(asks("get_history", '{"type":"all","limit":5}')) == {
        "code": "INVALID_TYPE",
        "message": f"Unknown type 'all'; known are {TYPES}.",
        "details": {"type": "all"},
    }


async def answer_to(raw: str | bytes) -> dict[str, Any]:
    """Send one message to a subscribed socket; return the error, having checked that nothing else changed."""
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(asks("subscribe", '{"types":["health"]}'))
    transport.sent.clear()
    connection.message_received(raw)
    (message,) = transport.sent
    assert message["type"] == message["event"] == "error"
    assert transport.closed is None and not transport.aborted and not connection.closing
    assert hub.subscriptions.names(connection) == ["health"]
    data: dict[str, Any] = message["data"]
    return data


@given(st.text() | st.binary())
async def test_no_message_can_break_a_socket(raw: str | bytes) -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(raw)
    assert [message["data"]["code"] for message in transport.sent] in (["PARSE_ERROR"], ["INVALID_MESSAGE"])
    assert not connection.closing


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["status", "system"]), "action": st.sampled_from(["subscribe", "unsubscribe", "ack"])},
        optional={
            "id": st.text(),
            "payload": st.dictionaries(st.sampled_from(["types", "filter", "since", "history", "id"]), JSON),
        },
    )
)
async def test_no_payload_can_break_a_socket(message: dict[str, Any]) -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(json.dumps(message))
    assert not connection.closing and "INTERNAL_ERROR" not in json.dumps(transport.sent)


async def test_a_ping_is_answered() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.events() == ["pong"] and isinstance(transport.last("pong")["timestamp"], int)


async def test_an_ack_has_no_answer() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for raw in (asks("ack", '{"id":"x"}'), asks("ack", "{}"), '{"type":"system","action":"ack"}'):
        connection.message_received(raw)
    assert transport.sent == []


async def test_unknown_fields_are_ignored() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(
        '{"type":"status","action":"subscribe","mood":"good","payload":{"types":["status"],"colour":1}}'
    )
    assert transport.events() == ["subscribed", "history_data"]


async def test_subscribing_answers_then_brings_history_then_only_what_is_newer() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    hub.feed.take(make_event(1))
    connection.message_received(asks("subscribe", '{"types":["status"]}'))
    hub.feed.take(make_event(2))
    assert transport.events() == ["subscribed", "history_data", "status_update"]
    assert transport.sent[1]["data"] == {"type": "status", "data": [{"n": 1}]}
    assert transport.last("status_update")["timestamp"] == 2


async def test_all_stands_for_every_type_and_subscriptions_add_up() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(asks("subscribe", '{"types":["health"]}'))
    assert transport.last("subscribed")["subscribed"] == ["health"]
    connection.message_received(asks("subscribe", '{"types":["all"]}'))
    assert transport.last("subscribed")["subscribed"] == ["status", "stats", "health", "config"]
    assert transport.events().count("history_data") == 5


async def test_subscribing_again_changes_the_options() -> None:
    hub, _ = make_hub()
    connection, _ = join(hub)
    connection.message_received(asks("subscribe", '{"types":["status"]}'))
    connection.message_received(asks("subscribe", '{"types":["status"],"throttleMs":400}'))
    assert [options.throttle_ms for _, options in hub.subscriptions.lanes] == [500]


async def test_history_may_be_shorter_or_none() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for position in range(1, 80):
        hub.feed.take(make_event(position))
    lengths = []
    for asked in ("", ',"history":0', ',"history":7', ',"history":100'):
        connection.message_received(asks("subscribe", f'{{"types":["status"]{asked}}}'))
        lengths.append(len(transport.last("history_data")["data"]))
    assert lengths == [50, 0, 7, 79]


async def test_unsubscribing_says_what_is_left_and_stops_the_events() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(asks("subscribe", '{"types":["all"]}'))
    connection.message_received(asks("unsubscribe", '{"types":["status"]}'))
    assert transport.last("unsubscribed")["subscribed"] == ["stats", "health", "config"]
    hub.feed.take(make_event(5))
    assert "status_update" not in transport.events()


async def test_unsubscribing_from_what_was_not_subscribed_is_no_error() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    connection.message_received(asks("unsubscribe", '{"types":["all"]}'))
    assert transport.events() == ["unsubscribed"] and transport.last("unsubscribed")["subscribed"] == []


async def test_a_client_of_1_1_learns_what_was_answered_and_its_position() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub, version="1.1")
    hub.feed.take(make_alert(3))
    connection.message_received(asks("subscribe", '{"types":["health"]}').replace("{", '{"id":"q1",', 1))
    hub.feed.take(make_alert(4))
    assert transport.sent[0]["metadata"] == {"replyTo": "q1"}
    assert transport.sent[1]["metadata"] == {"replyTo": "q1", "position": ":3"}
    assert transport.sent[2]["metadata"] == {"position": ":4"}


async def test_a_position_in_memory_resumes_after_it() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub, version="1.1")
    for position in range(1, 6):
        hub.feed.take(make_alert(position))
    connection.message_received(asks("subscribe", '{"types":["health"],"since":{"health":":3"}}'))
    history = transport.sent[-1]
    assert [entry["id"] for entry in history["data"]["data"]] == [4, 5]
    assert history["metadata"] == {"position": ":5", "recovered": True}


@pytest.mark.parametrize("since", ["other:3", ":99", "3", ":x", "", ":-1", ":" + "9" * 30, ":٣"])
async def test_a_position_that_is_not_ours_is_not_recovered(since: str) -> None:
    hub, _ = make_hub()
    hub.feed.epochs["health"] = "mine"
    connection, transport = join(hub, version="1.1")
    hub.feed.take(make_alert(3))
    payload = json.dumps({"types": ["health"], "since": {"health": since}})
    connection.message_received(asks("subscribe", payload))
    assert transport.sent[-1]["metadata"]["recovered"] is False
    assert [entry["id"] for entry in transport.sent[-1]["data"]["data"]] == [3]


async def test_too_many_messages_are_refused_then_the_socket_is_closed() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for _ in range(60 + MAX_REFUSALS):
        connection.message_received('{"type":"system","action":"ping"}')
    assert transport.events().count("pong") == 60
    assert transport.last("error")["code"] == "RATE_LIMITED" and "disconnected" not in transport.events()
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.closed == (1008, "rate limit") and transport.last("disconnected")["reconnect"] is False


async def test_a_flood_of_nonsense_is_refused_like_any_other() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for _ in range(60 + MAX_REFUSALS + 1):
        connection.message_received("nonsense")
    codes = [message["data"]["code"] for message in transport.sent]
    assert codes == ["PARSE_ERROR"] * 60 + ["RATE_LIMITED"] * MAX_REFUSALS + [1008]


async def test_acks_are_counted_apart() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for _ in range(320):
        connection.message_received('{"type":"system","action":"ack"}')
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.events() == ["error"] * 20 + ["pong"]


async def test_a_refused_socket_may_go_on_when_time_has_passed() -> None:
    hub, clock = make_hub()
    connection, transport = join(hub)
    for _ in range(61):
        connection.message_received('{"type":"system","action":"ping"}')
    clock.now += 1
    connection.message_received('{"type":"system","action":"ping"}')
    assert transport.events()[-2:] == ["error", "pong"]


# --- numbers and texts at their edges ---


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "1" + "0" * 30 + ".5", "-0", "1e-999"])
async def test_no_number_can_break_a_socket(number: str) -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for raw in (
        f'{{"type":"system","action":"ping","timestamp":{number}}}',
        asks("subscribe", f'{{"types":["status"],"throttleMs":{number}}}'),
        asks("subscribe", f'{{"types":["status"],"history":{number}}}'),
        asks("get_history", f'{{"type":"stats","limit":{number},"before":{number}}}'),
    ):
        connection.message_received(raw)
    assert not connection.closing and "INTERNAL_ERROR" not in json.dumps(transport.sent)


@pytest.mark.parametrize(
    "text", ["\\ud800", "\\udfff\\ud800", "\\u0000", "\u202e", "\U0001f480", "\ufeff", "a" * 100_000]
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_no_text_can_break_a_socket(text: str, version: str) -> None:
    hub, _ = make_hub()
    connection, transport = join(hub, version=version)
    for raw in (
        f'{{"type":"system","action":"ping","id":"{text}"}}',
        f'{{"type":"{text}","action":"ping"}}',
        f'{{"type":"system","action":"{text}"}}',
        asks("subscribe", f'{{"types":["{text}"]}}'),
        asks("subscribe", f'{{"types":["status"],"filter":{{"hosts":["{text}"]}},"since":{{"{text}":"{text}"}}}}'),
    ):
        connection.message_received(raw)
    assert not connection.closing and "INTERNAL_ERROR" not in json.dumps(transport.sent)


@pytest.mark.django_db(transaction=True)
async def test_histories_that_are_not_answered_yet_are_few() -> None:
    hub, _ = make_hub()
    gate = threading.Event()
    hub.topics["status"] = replace(hub.topics["status"], history=lambda limit, before: [b"{}"] * gate.wait(30))
    connection, transport = join(hub)
    for _ in range(MAX_READING + 1):
        connection.message_received(asks("get_history", '{"type":"status","limit":5}'))
    assert transport.last("error")["code"] == "RATE_LIMITED" and transport.events() == ["error"]
    gate.set()
    await eventually_async(lambda: transport.events().count("history_data") == MAX_READING)
    connection.message_received(asks("get_history", '{"type":"status","limit":5}'))
    await eventually_async(lambda: transport.events().count("history_data") == MAX_READING + 1)


@pytest.mark.django_db(transaction=True)
async def test_a_history_that_can_not_be_made_is_an_error_and_no_silence() -> None:
    hub, _ = make_hub()
    hub.topics["status"] = replace(hub.topics["status"], history=lambda limit, before: [b"" for _ in range(1 // 0)])
    connection, transport = join(hub)
    connection.message_received(asks("get_history", '{"type":"status","limit":5}'))
    await eventually_async(lambda: transport.events() == ["error"])
    assert transport.last("error")["code"] == "INTERNAL_ERROR"


async def test_the_past_can_not_be_asked_for_again_and_again() -> None:
    hub, clock = make_hub()
    for position in range(1, 101):
        hub.feed.take(make_event(position, data=b'{"host":"a","status":{"n":"%b"}}' % (b"x" * 10_000)))
    connection, transport = join(hub)
    for _ in range(60):
        connection.message_received(asks("subscribe", '{"types":["status"],"history":100}'))
        clock.now += 0.05
    answers, refused = transport.events().count("history_data"), transport.events().count("error")
    assert 15 <= answers <= 25 and refused == 60 - answers
    error = transport.last("error")
    assert error["code"] == "RATE_LIMITED" and 0 < error["details"]["retryAfterMs"] <= 2_000
    connection.message_received(asks("subscribe", '{"types":["status"],"history":0}'))
    assert transport.events()[-1] == "history_data"
