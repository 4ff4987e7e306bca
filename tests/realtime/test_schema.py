"""The generated schema, and whether the server keeps to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from metrics.messages import AlertUpdate, ConfigChanged, HealthAlert, StatusUpdate
from metrics.selectors import stats_event
from realtime import encode
from realtime.endpoint import COMMON_EVENTS, all_endpoints
from realtime.management.commands import protocol_schema
from realtime.protocol import PAYLOADS, SERVER_EVENTS, SubscribePayload
from realtime.schema import wire_schema
from realtime.topics import all_topics
from tests.support.hub import join, make_alert, make_event, make_hub
from tests.support.readings import make_reading
from tests.support.schema import validate


def test_the_schema_of_the_front_end_is_up_to_date() -> None:
    call_command("protocol_schema", check=True)


def test_a_schema_that_is_out_of_date_says_what_to_do(tmp_path: Any, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match=r"is out of date: run `make generate`\.$"):
        call_command("protocol_schema", check=True)


def test_writing_makes_it_up_to_date(tmp_path: Any, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / protocol_schema.FILE).parent.mkdir(parents=True)
    call_command("protocol_schema", write=True)
    call_command("protocol_schema", check=True)


def references(schema: Any) -> set[str]:
    """Return the name of every definition that is referred to."""
    if isinstance(schema, dict):
        own = {schema["$ref"].removeprefix("#/$defs/")} if "$ref" in schema else set()
        return own.union(*[references(value) for value in schema.values()])
    if isinstance(schema, list):
        return set().union(*[references(value) for value in schema])
    return set()


def test_every_definition_that_is_referred_to_exists() -> None:
    schema = wire_schema()
    assert references(schema) <= set(schema["$defs"])


def test_every_action_and_event_has_a_definition() -> None:
    definitions = wire_schema()["$defs"].values()
    actions = {d["properties"]["action"]["const"] for d in definitions if "action" in d.get("properties", {})}
    events = {
        d["properties"]["event"]["const"] for d in definitions if "const" in d.get("properties", {}).get("event", {})
    }
    assert actions == set(PAYLOADS)
    assert events == {*SERVER_EVENTS, *(event for topic in all_topics().values() for event in topic.events)}


def test_every_message_of_an_endpoint_has_a_definition_of_its_own() -> None:
    schema = wire_schema()["$defs"]
    for endpoint in all_endpoints().values():
        union = schema[f"{endpoint.name.capitalize()}ServerMessage"]["oneOf"]
        said = [schema[one["$ref"].removeprefix("#/$defs/")]["properties"]["type"]["const"] for one in union]
        assert sorted(said) == sorted(event.name for event in (*COMMON_EVENTS, *endpoint.events))


async def test_what_the_hub_says_keeps_to_the_schema() -> None:
    hub, _ = make_hub()
    for version in ("1.0", "1.1"):
        connection, transport = join(hub, version=version)
        connection.message_received('{"id":"1","type":"config","action":"subscribe","payload":{"types":["config"]}}')
        connection.message_received('{"type":"system","action":"ping"}')
        connection.message_received('{"type":"weather","action":"ping"}')
        connection.message_received('{"type":"config","action":"unsubscribe","payload":{"types":["config"]}}')
        connection.message_received("nonsense")
    await hub.drain()
    for message in transport.sent:
        validate(message)
    assert transport.events()[-1] == "disconnected" and len(transport.sent) == 7


async def test_events_histories_and_batches_keep_to_the_schema() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    for event in every_event(1):
        hub.feed.take(event)
    hub.subscriptions.subscribe(connection, list(hub.topics.values()), SubscribePayload(types=["all"]), None)
    transport.sent += [json.loads(encode.frame_of(event.topic, [event, event])) for event in every_event(2)]
    for event in every_event(3):
        hub.feed.take(event)
    for message in transport.sent:
        validate(message)
    assert {"status_update", "stats_update", "health_alert", "config_changed"} <= set(transport.events())
    assert all(data["data"] for data in (m["data"] for m in transport.sent if m["event"] == "history_data"))


def every_event(position: int) -> list[Any]:
    """Return one event of each topic, built as the domain builds it."""
    from metrics.detector import detect_changes

    alert = HealthAlert(
        id=1,
        host="a",
        state="firing",
        level="warning",
        component="cpu",
        message="CPU is above 70 %: 75 %",
        threshold=70,
        current_value=75,
        timestamp=position,
        started_at=1,
        details={"comparison": "above", "ruleId": 1},
    )
    reading = make_reading(position)
    update = StatusUpdate("a", reading, detect_changes(None, reading), position)
    return [
        make_event(position, data=encode._encoder.encode(update)),
        stats_event(),
        make_alert(position, data=encode._encoder.encode(AlertUpdate(alert))),
        make_event(
            position, topic="config", name="config_changed", data=encode._encoder.encode(ConfigChanged("rule", 1, 1))
        ),
    ]


@pytest.mark.parametrize(
    "change",
    [{"event": "weather"}, {"data": {}}, {"data": {"timestamp": "now"}}, {"data": {"timestamp": 1, "x": 1}}, {"x": 1}],
)
def test_a_message_that_does_not_keep_to_the_schema_is_noticed(change: dict[str, Any]) -> None:
    from realtime.protocol import PongData

    message = json.loads(encode.reply("system", "pong", PongData(timestamp=1)))
    validate(message)
    with pytest.raises(Exception):  # noqa: B017 - however it is noticed
        validate({**message, **change})
