"""A hub in this process, and sockets that keep what they are sent."""

from __future__ import annotations

import json
from typing import Any

from accounts.identity import Credential, Identity
from realtime.connection import Connection
from realtime.endpoint import Endpoint
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.peer import Peer
from realtime.registry import Request
from realtime.topics import Event
from realtime.transport import Encoded, Outlet

ADA = Identity(1, "ada", is_admin=True, groups=frozenset(("admin",)))


class RecordingTransport(Outlet):
    """A way out that leads nowhere; ``paused`` says that its reader is slow."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False
        self.waiting = 0
        self.sent: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.aborted = False

    @property
    def outlet(self) -> Outlet:
        """It is what lanes write to, the long way."""
        return self

    def send(self, message: Encoded) -> None:
        """Keep the messages."""
        self.sent += [json.loads(payload) for payload in message.payloads]

    def buffered(self) -> int:
        """What a test says is waiting."""
        return self.waiting

    def close(self, code: int, reason: str) -> None:
        """Note the close."""
        self.closed = (int(code), reason)

    def abort(self) -> None:
        """Note the drop."""
        self.aborted = True

    def events(self) -> list[str]:
        """The names of the events that were sent."""
        return [message["event"] for message in self.sent]

    def types(self) -> list[str]:
        """The types of what an endpoint has sent."""
        return [message["type"] for message in self.sent]

    def last(self, event: str) -> dict[str, Any]:
        """The data of the newest event of that name."""
        data: dict[str, Any] = next(m["data"] for m in reversed(self.sent) if m["event"] == event)
        return data


class Clock:
    """A monotonic clock that moves when it is told to, in s."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def make_hub(limits: Limits | None = None) -> tuple[Hub, Clock]:
    """Return a hub that is not started: it knows the topics, hears nothing, and never asks the database."""
    hub, clock = Hub(limits or Limits()), Clock()
    hub.clock = clock
    return hub, clock


def join(hub: Hub, *, version: str = "1.0", identity: Identity = ADA) -> tuple[Connection, RecordingTransport]:
    """Add a socket to a hub."""
    transport = RecordingTransport()
    place = Request("/ws", identity.username, identity.is_admin)
    connection = Connection(hub, identity, Credential(token="of a test"), place, version)
    connection.attach(transport)
    hub.add(connection)
    return connection, transport


def enter(
    hub: Hub, endpoint: Endpoint, *, argument: str = "", identity: Identity = ADA
) -> tuple[Peer, RecordingTransport]:
    """Add a socket of an endpoint to a hub; its domain has not been told yet (``Peer.open``)."""
    transport = RecordingTransport()
    place = Request(endpoint.name, str(identity.user_id), identity.is_admin)
    peer = Peer(hub, identity, Credential(token="of a test"), place, endpoint, argument)
    peer.attach(transport)
    hub.add(peer)
    return peer, transport


def make_event(position: int = 1, **changes: Any) -> Event:
    """Return an event of the topic status about the host ``a``."""
    values: dict[str, Any] = {
        "topic": "status",
        "name": "status_update",
        "data": b'{"host":"a","status":{"n":%d},"changes":[],"timestamp":%d}' % (position, position),
        "key": "a",
        "host": "a",
    }
    return Event(position=position, **{**values, **changes})


def make_alert(position: int, **changes: Any) -> Event:
    """Return an event of the ordered topic health."""
    values: dict[str, Any] = {
        "topic": "health",
        "name": "health_alert",
        "data": b'{"alert":{"id":%d}}' % position,
        "key": "1",
        "host": "a",
        "component": "cpu",
        "severity": "warning",
    }
    return make_event(position, **{**values, **changes})
