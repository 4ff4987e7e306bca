"""Whether a server message is what the protocol says."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from realtime.endpoint import COMMON_EVENTS, all_endpoints
from realtime.protocol import SERVER_EVENTS, ServerMessage
from realtime.topics import all_topics


@cache
def shapes() -> dict[str, type[Struct]]:
    """Return the struct of each event's data."""
    events = dict(SERVER_EVENTS)
    for topic in all_topics().values():
        events.update(topic.events)
    return events


def validate(message: dict[str, Any]) -> None:
    """Fail unless the message has exactly the fields of its struct, each of the right kind, down to the leaves."""
    envelope = msgspec.convert(message, ServerMessage)
    uuid.UUID(envelope.id)
    assert list(message)[:6] == ["id", "type", "timestamp", "event", "data", "direction"]
    assert set(message) <= {"id", "type", "timestamp", "event", "data", "direction", "version", "metadata"}
    _exactly(message["data"], shapes()[envelope.event])
    if envelope.event == "history_data":
        for entry in message["data"]["data"]:
            _exactly(entry, all_topics()[message["data"]["type"]].entry)
    if envelope.event == "batch_update":
        for event in message["data"]["events"]:
            _exactly(event["data"], shapes()[event["event"]])


def validate_from(endpoint: str, message: dict[str, Any]) -> None:
    """Fail unless an endpoint may send this message, exactly as its struct says."""
    events = {event.name: event.payload for event in (*COMMON_EVENTS, *all_endpoints()[endpoint].events)}
    assert set(message) <= {"type", "payload", "id", "timestamp"}, message
    _exactly(message["payload"], events[message["type"]])


def _exactly(data: Any, kind: type[Struct]) -> None:
    assert msgspec.to_builtins(msgspec.convert(data, kind)) == data
