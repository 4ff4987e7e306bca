"""Clients of ``/ws`` and of the other endpoints."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.schema import validate, validate_from
from tests.support.waiting import DEADLINE

Message = dict[str, Any]


class SocketClient:
    """Sends what a client sends; everything received is kept in ``received``, in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.received: list[Message] = []

    async def send(self, action: str, payload: Message | None = None, *, kind: str = "system", **more: Any) -> None:
        """Send one well-formed message."""
        message: Message = {"type": kind, "action": action, **more}
        await self.send_raw(json.dumps(message if payload is None else {**message, "payload": payload}))

    async def send_raw(self, data: str | bytes) -> None:
        """Send anything."""
        await self.connection.send(data)

    async def next(self, deadline: float = DEADLINE) -> Message:
        """Return the next message."""
        async with asyncio.timeout(deadline):
            message: Message = json.loads(await self.connection.recv())
        validate(message)
        self.received.append(message)
        return message

    async def expect(
        self, event: str, where: Callable[[Message], bool] = lambda data: True, deadline: float = DEADLINE
    ) -> Message:
        """Read on until ``event`` comes with data that pass ``where``; return these data."""
        async with asyncio.timeout(deadline):
            while True:
                message = await self.next(deadline)
                data: Message = message["data"]
                if message["event"] == event and where(data):
                    return data

    async def collect(self, event: str, count: int, deadline: float = DEADLINE) -> list[Message]:
        """Return the data of the next ``count`` messages of that event."""
        return [await self.expect(event, deadline=deadline) for _ in range(count)]

    async def subscribe(self, *types: str, **options: Any) -> Message:
        """Subscribe and return the data of ``subscribed``."""
        await self.send("subscribe", {"types": list(types), **options}, kind="config")
        return await self.expect("subscribed")

    async def up_to_pong(self) -> list[Message]:
        """Return everything that comes before the answer to a ping sent now."""
        start = len(self.received)
        await self.send("ping")
        await self.expect("pong")
        return self.received[start:-1]

    async def close_code(self, deadline: float = DEADLINE) -> int:
        """Read to the end and return the code with which the server closed."""
        try:
            while True:
                await self.next(deadline)
        except websockets.ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006

    def of(self, event: str) -> list[Message]:
        """Return the data of every message of that event received so far."""
        return [message["data"] for message in self.received if message["event"] == event]


class EndpointClient:
    """A client of an endpoint that speaks ``{type, payload, id?}``; each message is checked against its struct."""

    def __init__(self, connection: ClientConnection, endpoint: str) -> None:
        self.connection = connection
        self.received: list[Message] = []
        self._endpoint = endpoint

    async def send(self, kind: str, payload: Message | None = None, **more: Any) -> None:
        """Send one message."""
        message: Message = {"type": kind, **more}
        await self.connection.send(json.dumps(message if payload is None else {**message, "payload": payload}))

    async def next(self, deadline: float = DEADLINE) -> Message:
        """Return the next message."""
        async with asyncio.timeout(deadline):
            message: Message = json.loads(await self.connection.recv())
        validate_from(self._endpoint, message)
        self.received.append(message)
        return message

    async def expect(
        self, kind: str, where: Callable[[Message], bool] = lambda payload: True, deadline: float = DEADLINE
    ) -> Message:
        """Read on until a message of that type comes whose payload passes ``where``; return this payload."""
        async with asyncio.timeout(deadline):
            while True:
                message = await self.next(deadline)
                payload: Message = message["payload"]
                if message["type"] == kind and where(payload):
                    return payload

    async def close_code(self, deadline: float = DEADLINE) -> int:
        """Read to the end and return the code with which the server closed."""
        try:
            while True:
                await self.next(deadline)
        except websockets.ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006

    def of(self, kind: str) -> list[Message]:
        """Return the payload of every message of that type received so far."""
        return [message["payload"] for message in self.received if message["type"] == kind]


@asynccontextmanager
async def open_endpoint(
    address: str,
    path: str,
    endpoint: str,
    *,
    token: str | None = None,
    session: str | None = None,
    origin: str | None = None,
    subprotocols: list[str] | None = None,
) -> AsyncIterator[EndpointClient]:
    """Open a registered endpoint of a server, for instance ``/ws/query`` of ``query``."""
    async with _open(address, path, token, session, origin, subprotocols) as connection:
        yield EndpointClient(connection, endpoint)


@asynccontextmanager
async def open_socket(
    address: str,
    *,
    token: str | None = None,
    session: str | None = None,
    origin: str | None = None,
    subprotocols: list[str] | None = None,
    path: str = "/ws",
) -> AsyncIterator[SocketClient]:
    """Open ``/ws`` of a server with the credential that is given."""
    async with _open(address, path, token, session, origin, subprotocols) as connection:
        yield SocketClient(connection)


def _open(
    address: str, path: str, token: str | None, session: str | None, origin: str | None, subprotocols: list[str] | None
) -> connect:
    headers = {}
    if token is not None:
        headers["Authorization"] = f"Token {token}"
    if session is not None:
        headers["Cookie"] = f"presence_session={session}"
    if origin is not None:
        headers["Origin"] = origin
    url = address.replace("http", "ws", 1) + path
    chosen: Any = subprotocols
    return connect(
        url, additional_headers=headers, subprotocols=chosen, compression=None, proxy=None, open_timeout=DEADLINE
    )
