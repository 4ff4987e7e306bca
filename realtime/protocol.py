"""The wire protocol of ``/ws``: every message, declared once.

The structs here decode and validate in one step. The JSON Schema and the TypeScript types of the browser are generated
from them and from the structs that the domains register (``realtime.topics``), see ``manage.py protocol_schema``.

Times are integer milliseconds since the Unix epoch unless a field says otherwise.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

PROTOCOL_VERSION = "1.0"
MAX_TYPES = 100
MAX_FILTERED = 1_000
"""Hosts or components that one filter may name."""
END_OF_TIME = 253_402_300_799_999
"""The end of the year 9999 in ms: no clock, and no database, goes further."""
SUPPORTED_VERSIONS = ("1.0", "1.1")

ClientType = Literal["status", "stats", "health", "config", "system"]
ServerType = Literal["status", "stats", "health", "config", "system", "error"]
Severity = Literal["info", "warning", "critical"]
Priority = Literal["high", "normal", "low"]
Name = Annotated[str, Meta(max_length=255)]

CLIENT_TYPES: frozenset[str] = frozenset(("status", "stats", "health", "config", "system"))
SEVERITY_RANK: dict[str, int] = {"info": 0, "warning": 1, "critical": 2}
PRIORITY_RANK: dict[str, int] = {"high": 0, "normal": 1, "low": 2}


class ErrorCode(enum.StrEnum):
    """Every code an ``error`` event may carry. An error about one message never closes the socket."""

    PARSE_ERROR = "PARSE_ERROR"
    INVALID_MESSAGE = "INVALID_MESSAGE"
    INVALID_TYPE = "INVALID_TYPE"
    UNKNOWN_ACTION = "UNKNOWN_ACTION"
    UNAUTHORIZED = "UNAUTHORIZED"
    RATE_LIMITED = "RATE_LIMITED"
    QUEUE_OVERFLOW = "QUEUE_OVERFLOW"
    MAX_CONNECTIONS_EXCEEDED = "MAX_CONNECTIONS_EXCEEDED"
    HEARTBEAT_TIMEOUT = "HEARTBEAT_TIMEOUT"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class CloseCode(enum.IntEnum):
    """Every code the server closes with. A client returns after codes below 4000, except 1000 and 1008."""

    NORMAL = 1000
    GOING_AWAY = 1001
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    HEARTBEAT_TIMEOUT = 3008
    NOT_SIGNED_IN = 4001
    NOT_ALLOWED = 4003
    NOT_FOUND = 4004


def close_reason(text: str) -> str:
    """Return what of a reason fits into a close frame, 123 bytes (RFC 6455, 5.5); servers refuse to send more."""
    return text.encode()[:123].decode(errors="ignore")


class ProtocolError(Exception):
    """One inbound message that can't be honoured; becomes one ``error`` event.

    Args:
        code: what went wrong, for programs: an ``ErrorCode``, or a domain's own on its own endpoint.
        message: what went wrong and what to do, for people.
        details: machine-readable particulars, for instance ``{"field": "payload.types"}``.
    """

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class _Wire(Struct, rename="camel", omit_defaults=True):
    """Base of everything on the wire: camelCase names, unset fields left out."""


# --- from the client ---------------------------------------------------------------------------------------------


class ClientMessage(_Wire):
    """The envelope of every message a client sends; the payload stays raw until the action is known."""

    action: str
    type: str
    id: str | None = None
    timestamp: float | None = None
    direction: Literal["client-to-server"] | None = None
    payload: Raw | UnsetType = UNSET


class Filter(_Wire):
    """Which events of a topic a subscriber wants; an absent field lets everything pass."""

    min_severity: Severity | None = None
    components: Annotated[list[Name], Meta(max_length=MAX_FILTERED)] | None = None
    hosts: Annotated[list[Name], Meta(max_length=MAX_FILTERED)] | None = None


class SubscribePayload(_Wire):
    """``subscribe``: adds ``types`` to what is subscribed; subscribing again changes the options.

    ``throttle_ms`` is the least time between two frames of a type, 0-60,000 ms. ``since`` maps a type to the position
    to resume after. ``history`` is how many past entries ``history_data`` brings, 0-100. ``compress`` (from 1.1 on)
    lets large data come as base64 of its zlib stream, marked ``compressed: true``.
    """

    types: Annotated[list[str], Meta(min_length=1, max_length=MAX_TYPES)]
    throttle_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    filter: Filter | None = None
    since: dict[str, str] | None = None
    history: Annotated[int, Meta(ge=0, le=100)] = 50
    compress: bool = False


class UnsubscribePayload(_Wire):
    """``unsubscribe``: takes ``types`` away; types that were not subscribed are ignored."""

    types: Annotated[list[str], Meta(min_length=1, max_length=MAX_TYPES)]


class GetHistoryPayload(_Wire):
    """``get_history``: the last ``limit`` entries of ``type``, older than ``before`` (ms) when given."""

    type: str
    limit: Annotated[int, Meta(ge=1, le=100)]
    before: Annotated[int, Meta(ge=0, le=END_OF_TIME)] | None = None


class AckPayload(_Wire):
    """``ack``: shows life; ``id`` names the message that was received."""

    id: str | None = None


# --- from the server ---------------------------------------------------------------------------------------------


class ServerMessage(_Wire, omit_defaults=False):
    """The envelope of every message the server sends, its fields in this order."""

    id: str
    type: ServerType
    timestamp: int
    event: str
    data: Any
    direction: Literal["server-to-client"] = "server-to-client"


class ConnectedData(_Wire, omit_defaults=False):
    """``connected``: the first message on every accepted socket. Intervals are in ms; 0 attempts means unlimited."""

    connection_id: str
    server_time: int
    supported_types: list[str]
    heartbeat_interval: int
    heartbeat_timeout: int
    max_reconnect_attempts: int
    protocol_version: str
    supported_versions: list[str]


class DisconnectedData(_Wire, omit_defaults=False):
    """``disconnected``: sent before the server closes. ``reconnect`` says whether coming back makes sense."""

    code: int
    reason: str
    reconnect: bool
    retry_after_ms: int | None = None


class SubscribedData(_Wire, omit_defaults=False):
    """``subscribed`` and ``unsubscribed``: all that is subscribed now."""

    subscribed: list[str]
    timestamp: int


class HistoryData(_Wire, omit_defaults=False):
    """``history_data``: past entries of one type, oldest first."""

    type: str
    data: list[Any]


class BatchedEvent(_Wire, omit_defaults=False):
    """One event inside a ``batch_update``."""

    event: str
    data: Any


class BatchUpdateData(_Wire, omit_defaults=False):
    """``batch_update``: several events of one type in one frame, oldest first."""

    events: list[BatchedEvent]


class PongData(_Wire, omit_defaults=False):
    """``pong``: answers ``ping``."""

    timestamp: int


class ErrorData(_Wire):
    """``error``: what was wrong with one message, or with the connection."""

    code: ErrorCode
    message: str
    details: dict[str, Any] | UnsetType = UNSET


PAYLOADS: dict[str, type[Struct] | None] = {
    "subscribe": SubscribePayload,
    "unsubscribe": UnsubscribePayload,
    "ping": None,
    "get_history": GetHistoryPayload,
    "ack": AckPayload,
}
"""The payload of each client action; ``None`` where the action takes none."""

SERVER_EVENTS: dict[str, type[Struct]] = {
    "connected": ConnectedData,
    "disconnected": DisconnectedData,
    "subscribed": SubscribedData,
    "unsubscribed": SubscribedData,
    "history_data": HistoryData,
    "batch_update": BatchUpdateData,
    "pong": PongData,
    "error": ErrorData,
}
"""The events that ``realtime`` itself sends; topics bring their own."""
