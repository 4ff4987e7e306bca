"""From a handshake to a socket that the hub holds: a thin shell between an ASGI server and a connection."""

from __future__ import annotations

from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings

from accounts.addresses import network_of
from accounts.identity import PUBLIC, Credential, Identity
from realtime import auth, encode
from realtime.admission import Refusal, admit, anyone
from realtime.base import BaseConnection
from realtime.connection import Connection
from realtime.hub import Hub, get_hub
from realtime.protocol import SUPPORTED_VERSIONS, CloseCode, ConnectedData, DisconnectedData, close_reason
from realtime.registry import TOPICS_ENDPOINT, Request
from realtime.transport import (
    EXTENSION,
    FIRST_FRAMES,
    AsgiTransport,
    DirectTransport,
    Encoded,
    Send,
    frame_text,
)


class SocketConsumer(AsyncConsumer):
    """A Channels consumer that needs neither a channel nor a task of its own.

    ``AsyncConsumer.__call__`` would give each socket a channel and two tasks, and its ``dispatch`` hops to a thread for
    each message: half the CPU of a storm of connects (``docs/fan-out.md``). The hub is the one member of the groups.
    """

    endpoint: str
    """Limits and figures count each endpoint apart."""

    # --- what each endpoint does in its own way ---

    def credential(self, scope: dict[str, Any]) -> Credential | None:
        """Return what the client showed."""
        return auth.credential_of(scope)

    def counted_as(self, scope: dict[str, Any]) -> str | None:
        """Return whose limit a socket counts for; None: its user's."""
        return None

    def may_open(self, identity: Identity) -> bool:
        """Whether somebody who is signed in may open this endpoint."""
        return anyone(identity)

    def make(
        self, scope: dict[str, Any], hub: Hub, identity: Identity, credential: Credential, place: Request, version: str
    ) -> BaseConnection:
        """Return the connection of a socket that was admitted."""
        raise NotImplementedError

    def hello(self, connection: BaseConnection) -> bytes:
        """Return the first message."""
        raise NotImplementedError

    def refusal(self, refusal: Refusal) -> list[bytes]:
        """Return the messages that say why a socket can't stay."""
        raise NotImplementedError

    async def opened(self, connection: BaseConnection) -> None:
        """Do what has to be done before the first message of the client is read."""

    # --- the same for all ---

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Check who asks, accept, and hand the socket to the hub."""
        await receive()  # websocket.connect
        credential = self.credential(scope)
        if not auth.origin_allowed(scope, credential):
            await send({"type": "websocket.close", "code": CloseCode.NOT_ALLOWED, "reason": "origin"})
            return
        hub = get_hub()
        began = hub.clock()
        version, subprotocol = auth.choose_subprotocol(scope.get("subprotocols", ()))
        try:
            identity, credential, place = await admit(
                hub, self.endpoint, credential, self.may_open, self.counted_as(scope)
            )
        except Refusal as refusal:
            await self._refuse(scope, send, subprotocol, refusal)
            return
        accept = {"type": "websocket.accept", "subprotocol": subprotocol}
        direct = scope.get("extensions", {}).get(EXTENSION)
        try:
            connection = self.make(scope, hub, identity, credential, place, version)
            hello = self.hello(connection)
            if direct is not None:
                await send({**accept, FIRST_FRAMES: frame_text(hello)})
                connection.attach(DirectTransport(direct))
            else:
                await send(accept)
                connection.attach(_asgi_transport(scope, send, connection.writing_resumed))
                connection.write(hello)
        except BaseException:  # it has gone, or was cancelled, before it was ours
            hub.registry.release(place)
            raise
        hub.add(connection, began)
        try:
            await self.opened(connection)
        except BaseException:  # cancelled: the server ends
            connection.connection_closed(1006)
            raise
        if direct is None or not direct.hand_over(connection):
            await self._receive(connection, receive)

    async def _receive(self, connection: BaseConnection, receive: Any) -> None:
        """Pass on what an ASGI server brings until the socket is gone."""
        code = 1006
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                connection.message_received(message["bytes"] if text is None else text)
            code = message.get("code") or 1005
        finally:
            connection.connection_closed(code)

    async def _refuse(self, scope: dict[str, Any], send: Send, subprotocol: str | None, refusal: Refusal) -> None:
        """Accept, say why not, close."""
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        transport = _asgi_transport(scope, send, lambda: None)
        for message in self.refusal(refusal):
            transport.send(Encoded(message))
        transport.close(refusal.code, close_reason(refusal.reason))
        await transport.flushed()


class RealtimeConsumer(SocketConsumer):
    """The socket ``/ws``: topics."""

    endpoint = TOPICS_ENDPOINT

    def make(
        self, scope: dict[str, Any], hub: Hub, identity: Identity, credential: Credential, place: Request, version: str
    ) -> BaseConnection:
        """Return a connection that can subscribe."""
        return Connection(hub, identity, credential, place, version)

    def hello(self, connection: BaseConnection) -> bytes:
        """Return ``connected``."""
        assert isinstance(connection, Connection)
        return encode.reply("system", "connected", connected_data(connection), version=connection.version)

    def refusal(self, refusal: Refusal) -> list[bytes]:
        """Return ``error`` where there is one, and ``disconnected``."""
        data = disconnected_data(refusal)
        errors = [] if refusal.error is None else [encode.reply("error", "error", refusal.error)]
        return [*errors, encode.reply("system", "disconnected", data)]


class PublicConsumer(RealtimeConsumer):
    """The socket ``/ws/public``: what ``PRESENCE_PUBLIC`` shows to strangers, whoever else they may be."""

    endpoint = "public"

    def credential(self, scope: dict[str, Any]) -> Credential | None:
        """Look at no cookie and no token: this socket shows everybody the same."""
        return PUBLIC

    def counted_as(self, scope: dict[str, Any]) -> str | None:
        """Count strangers by their address; the server has put a trusted proxy's client there."""
        client = scope.get("client")
        return f"address:{network_of(client[0])}" if client else "address:"

    def may_open(self, identity: Identity) -> bool:
        """Whoever it is counts as nobody in particular here."""
        return identity.stranger


def _asgi_transport(scope: dict[str, Any], send: Send, drained: Any) -> AsgiTransport:
    # Daphne names itself nowhere; it is the one server of the four that offers no denial responses.
    other = "websocket.http.response" not in scope.get("extensions", {})
    return AsgiTransport(send, only_application_codes=other, drained=drained)


def disconnected_data(refusal: Refusal) -> DisconnectedData:
    """Return the data of ``disconnected`` for somebody who can't stay."""
    return DisconnectedData(
        code=refusal.code, reason=refusal.reason, reconnect=refusal.reconnect, retry_after_ms=refusal.retry_after_ms
    )


def connected_data(connection: Connection) -> ConnectedData:
    """Return the data of the first message on a socket."""
    return ConnectedData(
        connection_id=connection.id,
        server_time=encode.now_ms(),
        supported_types=[
            name for name, topic in connection.hub.topics.items() if topic.visible_to(connection.identity)
        ],
        heartbeat_interval=settings.WS_HEARTBEAT_INTERVAL,
        heartbeat_timeout=settings.WS_HEARTBEAT_TIMEOUT,
        max_reconnect_attempts=0,
        protocol_version=connection.version,
        supported_versions=list(SUPPORTED_VERSIONS),
    )
