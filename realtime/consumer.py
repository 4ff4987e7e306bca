"""The socket ``/ws``: a thin shell between an ASGI server and a ``Connection``."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import DatabaseError
from msgspec import UNSET

from accounts.identity import Credential
from realtime import auth, encode
from realtime.connection import Connection
from realtime.hub import Hub, get_hub
from realtime.protocol import (
    SUPPORTED_VERSIONS,
    CloseCode,
    ConnectedData,
    DisconnectedData,
    ErrorCode,
    ErrorData,
)
from realtime.registry import Request, Verdict
from realtime.transport import (
    EXTENSION,
    FIRST_FRAMES,
    AsgiTransport,
    DirectTransport,
    Encoded,
    Send,
    frame_text,
)

ENDPOINT = "ws"
READY_SECONDS = 5.0
FULL_RETRY_MS = (5_000, 20_000)
"""When somebody who was sent away because all is full may try again: spread, so that they do not come at once."""


@dataclass(eq=False)
class Refusal(Exception):
    """A socket that is accepted only to be told why it can't stay: a refused handshake tells a browser nothing."""

    code: CloseCode
    reason: str
    retry_after_ms: int | None = None
    error: ErrorData | None = None


class RealtimeConsumer(AsyncConsumer):
    """A Channels consumer that needs neither a channel nor a task of its own.

    ``AsyncConsumer.__call__`` would give each socket a channel and two tasks, and its ``dispatch`` hops to a thread for
    each message: half the CPU of a storm of connects (``docs/fan-out.md``). The hub is the one member of the groups.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Check who asks, accept, and hand the socket to the hub."""
        await receive()  # websocket.connect
        credential = auth.credential_of(scope)
        if not auth.origin_allowed(scope, credential):
            await send({"type": "websocket.close", "code": CloseCode.NOT_ALLOWED, "reason": "origin"})
            return
        hub = get_hub()
        version, subprotocol = auth.choose_subprotocol(scope.get("subprotocols", ()))
        try:
            connection = await self._admit(hub, credential, version)
        except Refusal as refusal:
            await self._refuse(scope, send, subprotocol, refusal)
            return
        accept = {"type": "websocket.accept", "subprotocol": subprotocol}
        hello = encode.reply("system", "connected", connected_data(connection), version=version)
        direct = scope.get("extensions", {}).get(EXTENSION)
        try:
            if direct is not None:
                await send({**accept, FIRST_FRAMES: frame_text(hello)})
                connection.attach(DirectTransport(direct))
            else:
                await send(accept)
                connection.attach(_asgi_transport(scope, send, connection.writing_resumed))
                connection.send(hello)
        except BaseException:  # it has gone, or was cancelled, before it was ours
            hub.registry.release(connection.place)
            raise
        hub.add(connection)
        if direct is None or not direct.hand_over(connection):
            await self._receive(connection, receive)

    async def _admit(self, hub: Hub, credential: Credential | None, version: str) -> Connection:
        """Return a connection that has its place.

        Raises:
            Refusal: when there is none for it.
        """
        if hub.draining:
            raise Refusal(CloseCode.SERVICE_RESTART, "restart", retry_after_ms=1_000)
        try:
            identity = await hub.identities.find(credential) if credential else None
        except DatabaseError:
            raise Refusal(CloseCode.TRY_AGAIN_LATER, "database unavailable", retry_after_ms=3_000) from None
        if identity is None or credential is None:
            raise Refusal(CloseCode.NOT_SIGNED_IN, "not signed in")
        await hub.feed.ready(READY_SECONDS)
        place = Request(ENDPOINT, str(identity.user_id), identity.is_admin)
        verdict = await hub.registry.admit(place)
        if verdict is Verdict.USER_LIMIT:
            raise Refusal(CloseCode.POLICY_VIOLATION, "too many connections", error=_too_many())
        if verdict is Verdict.FULL:
            retry = random.randint(*FULL_RETRY_MS)  # noqa: S311 - spreads load, guards nothing
            raise Refusal(CloseCode.TRY_AGAIN_LATER, "full", retry, _full())
        if verdict is Verdict.EVICT:
            hub.make_room()
        return Connection(hub, identity, credential, place, version)

    async def _receive(self, connection: Connection, receive: Any) -> None:
        """Pass on what an ASGI server brings until the socket is gone."""
        code = 1006
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text")
                connection.message_received(message["bytes"] if text is None else text)
            code = message.get("code", 1005)
        finally:
            connection.connection_closed(code)

    async def _refuse(self, scope: dict[str, Any], send: Send, subprotocol: str | None, refusal: Refusal) -> None:
        """Accept, say why not, close."""
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        code, reconnect = refusal.code, refusal.code < 4000 and refusal.code != CloseCode.POLICY_VIOLATION
        data = DisconnectedData(
            code=code, reason=refusal.reason, reconnect=reconnect, retry_after_ms=refusal.retry_after_ms
        )
        transport = _asgi_transport(scope, send, lambda: None)
        if refusal.error is not None:
            transport.send(Encoded(encode.reply("error", "error", refusal.error)))
        transport.send(Encoded(encode.reply("system", "disconnected", data)))
        transport.close(code, refusal.reason)
        await transport.flushed()


def _asgi_transport(scope: dict[str, Any], send: Send, drained: Any) -> AsgiTransport:
    # Daphne names itself nowhere; it is the one server of the four that offers no denial responses.
    other = "websocket.http.response" not in scope.get("extensions", {})
    return AsgiTransport(send, only_application_codes=other, drained=drained)


def _too_many() -> ErrorData:
    limit = settings.WS_MAX_CONNECTIONS_PER_USER
    text = f"You have {limit} connections already; close another dashboard window, then try again."
    return ErrorData(code=ErrorCode.MAX_CONNECTIONS_EXCEEDED, message=text, details={"limit": limit})


def _full() -> ErrorData:
    text = "All places are taken; try again in a moment."
    return ErrorData(code=ErrorCode.MAX_CONNECTIONS_EXCEEDED, message=text, details=UNSET)


def connected_data(connection: Connection) -> ConnectedData:
    """Return the data of the first message on a socket."""
    return ConnectedData(
        connection_id=connection.id,
        server_time=encode.now_ms(),
        supported_types=[name for name, topic in connection.hub.topics.items() if topic.may_see(connection.identity)],
        heartbeat_interval=settings.WS_HEARTBEAT_INTERVAL,
        heartbeat_timeout=settings.WS_HEARTBEAT_TIMEOUT,
        max_reconnect_attempts=0,
        protocol_version=connection.version,
        supported_versions=list(SUPPORTED_VERSIONS),
    )
