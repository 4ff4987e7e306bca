"""A client of ``/ws``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.schema import validate
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


@asynccontextmanager
async def open_socket(
    address: str,
    *,
    token: str | None = None,
    session: str | None = None,
    origin: str | None = None,
    subprotocols: list[str] | None = None,
) -> AsyncIterator[SocketClient]:
    """Open ``/ws`` of a server with the credential that is given."""
    headers = {}
    if token is not None:
        headers["Authorization"] = f"Token {token}"
    if session is not None:
        headers["Cookie"] = f"presence_session={session}"
    if origin is not None:
        headers["Origin"] = origin
    url = address.replace("http", "ws", 1) + "/ws"
    chosen: Any = subprotocols
    async with connect(
        url, additional_headers=headers, subprotocols=chosen, compression=None, proxy=None, open_timeout=DEADLINE
    ) as connection:
        yield SocketClient(connection)
