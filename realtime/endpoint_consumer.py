"""From a handshake to a ``Peer``: the shell of the endpoints that domains register."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.identity import Credential, Identity
from realtime import encode
from realtime.admission import Refusal
from realtime.base import BaseConnection
from realtime.consumer import SocketConsumer
from realtime.endpoint import Endpoint, PeerConnected, find_endpoint
from realtime.hub import Hub
from realtime.peer import Peer, message, refusal_messages
from realtime.registry import Request


class EndpointConsumer(SocketConsumer):
    """A socket of one registered endpoint."""

    def __init__(self, declared: Endpoint, argument: str) -> None:
        self._declared = declared
        self._argument = argument
        self.endpoint = declared.name

    def may_open(self, identity: Identity) -> bool:
        """Ask the endpoint."""
        return self._declared.may_open(identity)

    def make(
        self, scope: dict[str, Any], hub: Hub, identity: Identity, credential: Credential, place: Request, version: str
    ) -> BaseConnection:
        """Return a peer."""
        return Peer(hub, identity, credential, place, self._declared, self._argument)

    def hello(self, connection: BaseConnection) -> bytes:
        """Return ``connected``."""
        times = (settings.WS_HEARTBEAT_INTERVAL, settings.WS_HEARTBEAT_TIMEOUT)
        return message("connected", PeerConnected(connection.id, encode.now_ms(), *times))

    def refusal(self, refusal: Refusal) -> list[bytes]:
        """Return ``error``, where there is one, and ``disconnected``."""
        return refusal_messages(refusal)

    async def opened(self, connection: BaseConnection) -> None:
        """Let the domain begin."""
        assert isinstance(connection, Peer)
        await connection.open()


def endpoint_at(path: str) -> EndpointConsumer | None:
    """Return the application for a socket at that address; None when no endpoint is there."""
    found = find_endpoint(path)
    return None if found is None else EndpointConsumer(*found)
