"""The socket ``/ws``: a thin shell between an ASGI server and a ``Connection``."""

from __future__ import annotations

from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError

from accounts.identity import IdentityLookup
from realtime import auth, encode
from realtime.connection import Connection
from realtime.hub import Hub, get_hub
from realtime.protocol import PROTOCOL_VERSION, SUPPORTED_VERSIONS, CloseCode, ConnectedData, DisconnectedData
from realtime.transport import EXTENSION, AsgiTransport, DirectTransport, Encoded, Send

READY_SECONDS = 5.0
_lookup = IdentityLookup()


class RealtimeConsumer(AsyncConsumer):
    """A Channels consumer that needs neither a channel nor a task of its own.

    ``AsyncConsumer.__call__`` would give each socket a channel and two tasks, and its ``dispatch`` hops to a thread for
    each message: half the CPU of a storm of connects (``docs/fan-out.md``). The hub is the one member of the groups.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Check who asks, accept, and hand the socket to the hub."""
        await receive()  # websocket.connect
        hub = get_hub()
        credential = auth.credential_of(scope)
        if not auth.origin_allowed(scope, credential):
            await send({"type": "websocket.close", "code": CloseCode.NOT_ALLOWED, "reason": "origin"})
            return
        version, subprotocol = auth.choose_subprotocol(scope.get("subprotocols", ()))
        try:
            identity = await _lookup.find(credential) if credential else None
        except DatabaseError:
            await self._refuse(
                scope, send, subprotocol, CloseCode.TRY_AGAIN_LATER, "database unavailable", retry_after_ms=3_000
            )
            return
        if identity is None:
            await self._refuse(scope, send, subprotocol, CloseCode.NOT_SIGNED_IN, "not signed in")
            return
        if hub.draining:
            await self._refuse(scope, send, subprotocol, CloseCode.SERVICE_RESTART, "restart", retry_after_ms=1_000)
            return
        await hub.ready(READY_SECONDS)
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        connection = Connection(hub, identity, version, hub.clock())
        await self._serve(hub, connection, scope, receive, send)

    async def _serve(self, hub: Hub, connection: Connection, scope: dict[str, Any], receive: Any, send: Send) -> None:
        direct = scope.get("extensions", {}).get(EXTENSION)
        if direct is not None:
            connection.attach(DirectTransport(direct))
        else:
            connection.attach(self._asgi_transport(scope, send, connection.writing_resumed))
        hub.add(connection)
        connection.send(encode.reply("system", "connected", connected_data(connection), version=connection.version))
        if direct is not None and direct.hand_over(connection):
            return
        code = 1006
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                connection.message_received(message["bytes"] if text is None else text)
            code = message.get("code", 1005)
        finally:
            connection.connection_closed(code)

    async def _refuse(
        self,
        scope: dict[str, Any],
        send: Send,
        subprotocol: str | None,
        code: CloseCode,
        reason: str,
        retry_after_ms: int | None = None,
    ) -> None:
        """Accept, say why not, close: a browser learns nothing from a refused handshake."""
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        data = DisconnectedData(code=code, reason=reason, reconnect=code < 4000, retry_after_ms=retry_after_ms)
        transport = self._asgi_transport(scope, send, lambda: None)
        transport.send(Encoded(encode.reply("system", "disconnected", data)))
        transport.close(code, reason)
        await transport.flushed()

    @staticmethod
    def _asgi_transport(scope: dict[str, Any], send: Send, drained: Any) -> AsgiTransport:
        # Daphne names itself nowhere; it is the one server of the four that offers no denial responses.
        other = "websocket.http.response" not in scope.get("extensions", {})
        return AsgiTransport(send, only_application_codes=other, drained=drained)


def connected_data(connection: Connection) -> ConnectedData:
    """Return the data of the first message on a socket."""
    return ConnectedData(
        connection_id=connection.id,
        server_time=encode.now_ms(),
        supported_types=[name for name, topic in connection.hub.topics.items() if topic.may_see(connection.identity)],
        heartbeat_interval=settings.WS_HEARTBEAT_INTERVAL,
        heartbeat_timeout=settings.WS_HEARTBEAT_TIMEOUT,
        max_reconnect_attempts=0,
        protocol_version=connection.version if connection.version else PROTOCOL_VERSION,
        supported_versions=list(SUPPORTED_VERSIONS),
    )
