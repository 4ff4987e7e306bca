"""Clients of ``/ws`` and of the other endpoints."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.schema import validate, validate_from
from tests.support.waiting import DEADLINE

Message = dict[str, Any]


class Listener(ABC):
    """Whoever takes messages one after the other."""

    name_in = "type"
    """Where a message has its name."""
    said_in = "payload"
    """Where it has what it says."""

    @abstractmethod
    async def next(self, deadline: float = DEADLINE) -> Message:
        """Take the next message."""

    async def expect(
        self, name: str, where: Callable[[Message], bool] = lambda said: True, deadline: float = DEADLINE
    ) -> Message:
        """Read on until a message of that name comes that says what passes ``where``; return what it says."""
        async with asyncio.timeout(deadline):
            while True:
                message = await self.next(deadline)
                said: Message = message[self.said_in]
                if message[self.name_in] == name and where(said):
                    return said

    async def collect(self, name: str, count: int, deadline: float = DEADLINE) -> list[Message]:
        """Return what the next ``count`` messages of that name say."""
        return [await self.expect(name, deadline=deadline) for _ in range(count)]

    async def close_code(self, deadline: float = DEADLINE) -> int:
        """Read to the end and return the code with which the server closed."""
        try:
            while True:
                await self.next(deadline)
        except websockets.ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006


class CheckedClient(Listener):
    """A socket whose every message is checked against the schema and kept in ``received``, in order."""

    def __init__(self, connection: ClientConnection, check: Callable[[Message], None]) -> None:
        self.connection = connection
        self.received: list[Message] = []
        self._check = check

    async def send_raw(self, data: str | bytes) -> None:
        """Send anything."""
        await self.connection.send(data)

    async def next(self, deadline: float = DEADLINE) -> Message:
        """Return the next message."""
        async with asyncio.timeout(deadline):
            message: Message = json.loads(await self.connection.recv())
        self._check(message)
        self.received.append(message)
        return message

    def of(self, name: str) -> list[Message]:
        """Return what every message of that name said that was received so far."""
        return [message[self.said_in] for message in self.received if message[self.name_in] == name]


class SocketClient(CheckedClient):
    """A client of ``/ws``."""

    name_in, said_in = "event", "data"

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection, validate)

    async def send(self, action: str, payload: Message | None = None, *, kind: str = "system", **more: Any) -> None:
        """Send one well-formed message."""
        message: Message = {"type": kind, "action": action, **more}
        await self.send_raw(json.dumps(message if payload is None else {**message, "payload": payload}))

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


class EndpointClient(CheckedClient):
    """A client of an endpoint that speaks ``{type, payload, id?}``."""

    def __init__(self, connection: ClientConnection, endpoint: str) -> None:
        super().__init__(connection, partial(validate_from, endpoint))

    async def send(self, kind: str, payload: Message | None = None, **more: Any) -> None:
        """Send one message."""
        message: Message = {"type": kind, **more}
        await self.send_raw(json.dumps(message if payload is None else {**message, "payload": payload}))


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
        url,
        additional_headers=headers,
        subprotocols=chosen,
        compression=None,
        proxy=None,
        open_timeout=DEADLINE,
        max_queue=None,  # else a close waits ten seconds for an answer that comes behind what nobody has read
    )
