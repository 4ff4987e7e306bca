"""The JSON Schema of the wire, generated from the structs; the browser's types are generated from it in turn."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from realtime.protocol import PAYLOADS, PROTOCOL_VERSION, SERVER_EVENTS, ClientType, ServerType
from realtime.topics import all_topics

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def wire_schema() -> dict[str, Any]:
    """Return one schema with a definition per struct, and the unions ``ClientMessage`` and ``ServerMessage``."""
    events = dict(SERVER_EVENTS)
    entries: list[type[Struct]] = []
    for topic in all_topics().values():
        events.update(topic.events)
        entries.append(topic.entry)
    structs = {*events.values(), *entries, *(kind for kind in PAYLOADS.values() if kind is not None)}
    ordered = sorted(structs, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template="#/$defs/{name}")
    definitions = {name: _tidy(schema) for name, schema in components.items()}
    kinds = {name: topic.name for topic in all_topics().values() for name in topic.events}
    client = [_client(action, kind) for action, kind in PAYLOADS.items()]
    server = [_server(event, kind, kinds.get(event)) for event, kind in events.items()]
    definitions.update({schema["title"]: schema for schema in client + server})
    definitions["ClientMessage"] = {"title": "ClientMessage", "oneOf": [_ref(schema["title"]) for schema in client]}
    definitions["ServerMessage"] = {"title": "ServerMessage", "oneOf": [_ref(schema["title"]) for schema in server]}
    return {
        "$schema": DRAFT,
        "title": f"Presence wire protocol {PROTOCOL_VERSION}",
        "oneOf": [_ref("ClientMessage"), _ref("ServerMessage")],
        "$defs": dict(sorted(definitions.items())),
    }


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
        "required": ["id", "type", "timestamp", "event", "data"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "type": _types(ServerType, topic),
            "timestamp": {"type": "integer", "description": "ms since the Unix epoch, when the frame was built"},
            "event": {"const": event},
            "data": _ref(data.__name__),
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
