"""The JSON Schema of the wire, generated from the structs; the browser's types are generated from it in turn."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from realtime.endpoint import COMMON_EVENTS, Endpoint, all_endpoints
from realtime.protocol import PAYLOADS, PROTOCOL_VERSION, SERVER_EVENTS, ClientType, ServerType
from realtime.topics import all_topics

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def wire_schema() -> dict[str, Any]:
    """Return one schema with a definition per struct and message.

    ``ClientMessage`` and ``ServerMessage`` are the unions of ``/ws``; each endpoint has two of its own, named after it:
    ``QueryClientMessage``, ``QueryServerMessage``.
    """
    events = dict(SERVER_EVENTS)
    entries: list[type[Struct]] = []
    for topic in all_topics().values():
        events.update(topic.events)
        entries.append(topic.entry)
    endpoints = all_endpoints().values()
    structs = {*events.values(), *entries, *(kind for kind in PAYLOADS.values() if kind is not None)}
    structs.update(kind for endpoint in endpoints for kind in _structs(endpoint))
    ordered = sorted(structs, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template="#/$defs/{name}")
    definitions = {name: _tidy(schema) for name, schema in components.items()}
    kinds = {name: topic.name for topic in all_topics().values() for name in topic.events}
    client = [_client(action, kind) for action, kind in PAYLOADS.items()]
    server = [_server(event, kind, kinds.get(event)) for event, kind in events.items()]
    _add(definitions, "", client, server)
    for endpoint in endpoints:
        _add(definitions, _pascal(endpoint.name), _inbound(endpoint), _outbound(endpoint))
    return {
        "$schema": DRAFT,
        "title": f"Presence wire protocol {PROTOCOL_VERSION}",
        "oneOf": [_ref("ClientMessage"), _ref("ServerMessage")],
        "$defs": dict(sorted(definitions.items())),
    }


def _add(definitions: dict[str, Any], prefix: str, client: list[dict[str, Any]], server: list[dict[str, Any]]) -> None:
    """Add messages, and the union of each direction."""
    definitions.update({schema["title"]: schema for schema in client + server})
    for name, schemas in ((f"{prefix}ClientMessage", client), (f"{prefix}ServerMessage", server)):
        definitions[name] = {"title": name, "oneOf": [_ref(schema["title"]) for schema in schemas]}


# --- the endpoints: {type, payload, id?} ---


def _structs(endpoint: Endpoint) -> list[type[Struct]]:
    inbound = [message.payload for message in endpoint.messages if message.payload is not None]
    return [*inbound, *(event.payload for event in (*COMMON_EVENTS, *endpoint.events))]


def _inbound(endpoint: Endpoint) -> list[dict[str, Any]]:
    shapes: list[tuple[str, type[Struct] | None]] = [("ping", None)]
    shapes += [(message.name, message.payload) for message in endpoint.messages]
    return [_typed(f"{_named(endpoint, name)}Message", name, payload) for name, payload in shapes]


def _outbound(endpoint: Endpoint) -> list[dict[str, Any]]:
    events = (*COMMON_EVENTS, *endpoint.events)
    return [_typed(f"{_named(endpoint, event.name)}Event", event.name, event.payload) for event in events]


def _named(endpoint: Endpoint, name: str) -> str:
    """``QueryStarted`` for ``query_started``, ``QueryAck`` for the ``ack`` of the endpoint ``query``.

    An event of all endpoints whose name an own one would have (``error`` beside ``query_error``) is ``QueryPeerError``.
    """
    if name.startswith(f"{endpoint.name}_"):
        return _pascal(name)
    taken = f"{endpoint.name}_{name}" in {event.name for event in endpoint.events}
    return _pascal(f"{endpoint.name}_peer_{name}" if taken else f"{endpoint.name}_{name}")


def _typed(title: str, name: str, payload: type[Struct] | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "type": {"const": name},
        "id": {"type": "string", "description": "of a message; an answer repeats it"},
    }
    required = ["type"]
    if payload is None:
        properties["timestamp"] = {"type": "number", "description": "ms since the Unix epoch"}
    else:
        properties["payload"] = _ref(payload.__name__)
        required.append("payload")
    return {"title": title, "type": "object", "required": required, "properties": properties}


# --- /ws: {type, action, payload} and {type, event, data} ---


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in re.split("_", name))


def _types(literal: Any, only: str | None = None) -> dict[str, Any]:
    return {"const": only} if only else {"enum": sorted(literal.__args__)}


def _client(action: str, payload: type[Struct] | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "id": {"type": "string"},
        "type": _types(ClientType),
        "timestamp": {"type": "number", "description": "ms since the Unix epoch"},
        "direction": {"const": "client-to-server"},
        "action": {"const": action},
    }
    required = ["type", "action"]
    if payload is not None:
        properties["payload"] = _ref(payload.__name__)
        if action != "ack":
            required.append("payload")
    return {"title": f"{_pascal(action)}Message", "type": "object", "required": required, "properties": properties}


def _server(event: str, data: type[Struct], topic: str | None) -> dict[str, Any]:
    return {
        "title": f"{_pascal(event)}Event",
        "type": "object",
        "required": ["id", "type", "timestamp", "event", "data", "direction"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "type": _types(ServerType, topic),
            "timestamp": {"type": "integer", "description": "ms since the Unix epoch, when the frame was built"},
            "event": {"const": event},
            "data": _ref(data.__name__),
            "direction": {"const": "server-to-client"},
            "version": {"type": "string", "description": "from 1.1 on"},
            "compressed": {"type": "boolean", "description": "from 1.1 on: data is base64 of a zlib stream"},
            "metadata": {"type": "object", "description": "from 1.1 on: replyTo, position, recovered"},
        },
    }


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    # Docstrings become descriptions of one line: a generated file is read in a diff.
    if "description" in schema:
        schema = {**schema, "description": " ".join(str(schema["description"]).replace("``", "`").split())}
    return schema
