"""Sockets that speak ``{type, payload, id?}``: a domain registers an endpoint in ``AppConfig.ready()``, no more.

The base (``peer.py``, ``endpoint_consumer.py``) does what all of them need: who may come in, limits, heartbeat,
decoding and validation, ``ping``, errors, the drain at a restart. The JSON Schema and the browser's types are generated
from what is declared here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from accounts.identity import Identity
from realtime.admission import anyone
from realtime.protocol import ProtocolError
from realtime.registry import TOPICS_ENDPOINTS

if TYPE_CHECKING:
    from realtime.peer import Peer

Handler = Callable[["Peer", Any, "str | None"], "Awaitable[None] | None"]
"""Takes the socket, the decoded payload (None where the message has none) and the message's id.

What it raises as ``ProtocolError`` becomes ``error``. One that returns an awaitable runs alone: the socket's next
message is handled when it has ended, so that order is kept. What should go on beside goes to ``peer.spawn``.
"""


@dataclass(frozen=True)
class MessageType:
    """One message that a client may send. ``payload`` is its struct; None where it has none.

    ``cost`` says which budget it uses up: ``apart`` is for what comes often by its nature (cursors, edits); with
    ``own`` the handler itself asks ``peer.spend`` for what was of no use (acks, of which each chunk may have one).
    ``refused`` answers in the domain's own words instead of ``error`` when the message is invalid or comes too often.
    """

    name: str
    payload: type[Struct] | None
    handler: Handler
    cost: Literal["ordinary", "apart", "own"] = "ordinary"
    refused: Callable[[Peer, ProtocolError, str | None], None] | None = None


@dataclass(frozen=True)
class EventType:
    """One message that the server sends, for the schema."""

    name: str
    payload: type[Struct]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One kind of socket. Limits and ``/ws/stats`` count it under ``name``, apart from the others."""

    name: str
    messages: tuple[MessageType, ...]
    events: tuple[EventType, ...] = ()
    paths: tuple[str, ...] = ()
    """Addresses that lead here, exactly."""
    prefix: str = ""
    """Or the beginning of an address, with its last ``/``; what follows it, without a ``/``, is ``peer.argument``."""
    may_open: Callable[[Identity], bool] = anyone
    """Who may: the others get 4003. Asked again when a user's groups change, and every five minutes."""
    opened: Callable[[Peer], Awaitable[None]] | None = None
    """Called once the socket is accepted, before the client's first message is handled. May send, and may raise
    ``realtime.admission.Refusal``, for instance ``Refusal(CloseCode.NOT_FOUND, "no such session")``."""
    closed: Callable[[Peer, int], Awaitable[None] | None] | None = None
    """Called once for every socket for which ``opened`` was, whatever became of it; an awaitable is run beside."""
    by_name: dict[str, MessageType] = field(init=False, repr=False, default_factory=dict)
    decoders: dict[str, msgspec.json.Decoder[Any]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name.update({message.name: message for message in self.messages})
        for message in self.messages:
            if message.payload is not None:
                self.decoders[message.name] = msgspec.json.Decoder(message.payload)


# --- what all of them say ----------------------------------------------------------------------------------------


class _Wire(Struct, rename="camel", omit_defaults=True):
    """Base of what is on the wire here."""


class Inbound(_Wire):
    """The envelope of what a client sends."""

    type: str
    payload: Raw | UnsetType = UNSET
    id: str | None = None
    timestamp: float | None = None


class PeerConnected(_Wire, omit_defaults=False):
    """``connected``: the first message. Intervals are in ms."""

    connection_id: str
    server_time: int
    heartbeat_interval: int
    heartbeat_timeout: int


class PeerPong(_Wire, omit_defaults=False):
    """``pong``: answers ``ping``, with the server's clock in ms and the ``timestamp`` that the ping came with."""

    server_time: int
    timestamp: float | None


class PeerError(_Wire):
    """``error``: what was wrong with one message (whose ``id`` the envelope repeats), or with the connection."""

    code: str
    message: str
    details: dict[str, Any] | UnsetType = UNSET


class PeerDisconnected(_Wire, omit_defaults=False):
    """``disconnected``: sent before the server closes. ``reconnect`` says whether coming back makes sense."""

    code: int
    reason: str
    reconnect: bool
    retry_after_ms: int | None = None


COMMON_EVENTS: tuple[EventType, ...] = (
    EventType("connected", PeerConnected),
    EventType("pong", PeerPong),
    EventType("error", PeerError),
    EventType("disconnected", PeerDisconnected),
)

# --- the registry ------------------------------------------------------------------------------------------------

_endpoints: dict[str, Endpoint] = {}
_paths: dict[str, Endpoint] = {}


def register_endpoint(endpoint: Endpoint) -> None:
    """Make an endpoint known.

    Raises:
        ValueError: when another one has its name or one of its addresses, or it has none.
    """
    if endpoint.name in _endpoints or endpoint.name in TOPICS_ENDPOINTS:
        raise ValueError(f"An endpoint named {endpoint.name!r} exists already.")
    if not endpoint.paths and not endpoint.prefix:
        raise ValueError(f"The endpoint {endpoint.name!r} has no address.")
    for path in endpoint.paths:
        if path in _paths:
            raise ValueError(f"{path} leads to {_paths[path].name!r} already.")
    _endpoints[endpoint.name] = endpoint
    _paths.update(dict.fromkeys(endpoint.paths, endpoint))


def all_endpoints() -> dict[str, Endpoint]:
    """Return every registered endpoint by name, in the order of registration."""
    return dict(_endpoints)


def find_endpoint(path: str) -> tuple[Endpoint, str] | None:
    """Return the endpoint at an address and its argument; None when there is none."""
    if (exact := _paths.get(path)) is not None:
        return exact, ""
    for endpoint in _endpoints.values():
        if endpoint.prefix and path.startswith(endpoint.prefix):
            argument = path[len(endpoint.prefix) :]
            if argument and "/" not in argument:
                return endpoint, argument
    return None
