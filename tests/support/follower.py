"""A client of version 1.1 that follows the alerts, keeps its position, and comes back with it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.alert_writer import Row, Seen
from tests.support.socket_client import Message
from tests.support.waiting import DEADLINE, eventually_async

_decode = msgspec.json.Decoder().decode


class Follower:
    """Follows over any number of connections; ``seen`` is every transition it was ever told of."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token
        self.position = ""
        self.first = 0
        """The row after which it began to follow."""
        self.seen: list[Seen] = []
        self.recovered: list[bool] = []
        """What each return was told."""
        self.errors: list[Message] = []
        self.statuses: list[int] = []
        self.told: list[Message] = []
        """Every ``disconnected``."""
        self.closed: list[int] = []
        self.throttle_ms = 0
        self.hosts: list[str] | None = None
        self.types = ["health"]
        self._connection: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self, *, raw: socket.socket | None = None, since: str | None = None, **options: Any) -> None:
        """Connect and subscribe, from the position that it holds or from ``since``."""
        headers = {"Authorization": f"Token {self.token}"}
        self._connection = await connect(
            self.address.replace("http", "ws", 1) + "/ws",
            additional_headers=headers,
            subprotocols=["presence.v1.1"],  # type: ignore[list-item]
            compression=None,
            proxy=None,
            open_timeout=DEADLINE,
            sock=raw,
            ping_interval=None,
            max_queue=4,
            max_size=None,
        )
        payload: Message = {"types": self.types, "history": 0, "throttleMs": self.throttle_ms, **options}
        if self.hosts is not None:
            payload["filter"] = {"hosts": self.hosts}
        if since := since or self.position:
            payload["since"] = {"health": since}
        await self.send("subscribe", payload)

    async def send(self, action: str, payload: Message | None = None) -> None:
        """Send one message."""
        assert self._connection is not None
        message: Message = {"type": "health", "action": action}
        if payload is not None:
            message["payload"] = payload
        await self._connection.send(msgspec.json.encode(message).decode())

    async def step(self) -> None:
        """Take one message."""
        assert self._connection is not None
        self._take(_decode(await self._connection.recv()))

    def _take(self, message: Message) -> None:
        event, data, metadata = message["event"], message["data"], message.get("metadata", {})
        if event == "history_data" and data["type"] == "health":
            self._begin(data["data"], metadata)
        elif message["type"] == "health":
            events = data["events"] if event == "batch_update" else [{"event": event, "data": data}]
            self.seen += [_seen(entry["data"]["alert"]) for entry in events]
            self.position = metadata["position"]
        elif message["type"] == "status":
            events = data["events"] if event == "batch_update" else [{"event": event, "data": data}]
            self.statuses += [entry["data"]["timestamp"] for entry in events]
        elif event == "disconnected":
            self.told.append(data)
        elif event == "error":
            self.errors.append(data)

    def _begin(self, entries: list[Message], metadata: Message) -> None:
        if "recovered" in metadata:
            self.recovered.append(metadata["recovered"])
            self.seen += [_seen(entry) for entry in entries]
        elif not self.position:
            self.first = int(metadata["position"].rpartition(":")[2])
        self.position = metadata["position"]

    # --- reading in the background ---

    def follow(self) -> None:
        """Read from now on."""
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._connection is not None
        try:
            while True:
                await self.step()
        except websockets.ConnectionClosed as error:
            self.closed.append(error.rcvd.code if error.rcvd else 1006)

    @property
    def following(self) -> bool:
        """Whether it is connected and reads."""
        return self._reader is not None and not self._reader.done()

    async def stay(self, stop: asyncio.Event) -> None:
        """Follow until ``stop``, coming back whenever the connection is lost, for whatever reason."""
        while not stop.is_set():
            try:
                await self.open()
                self.follow()
                assert self._reader is not None
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait([self._reader, stopping], return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
            except (OSError, websockets.WebSocketException):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 0.05)
            finally:
                await self.leave()

    def cut(self) -> None:
        """Tear the connection down without a word."""
        if self._connection is not None:
            self._connection.transport.abort()

    async def leave(self) -> None:
        """Close the connection, if there is one."""
        if not self.following:  # nobody would read the answer to a close frame
            self.cut()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None

    async def has(self, condition: Callable[[Follower], bool], deadline: float = DEADLINE) -> None:
        """Wait until ``condition`` holds, reading in the background."""
        if not self.following:
            self.follow()
        await eventually_async(lambda: condition(self), deadline)


def _seen(alert: Message) -> Seen:
    return Seen(alert["id"], alert["state"], alert["level"], alert["timestamp"])


def gap_or_double(follower: Follower, rows: Sequence[Row]) -> str:
    """Compare what a follower has seen with the rows after the one it began at; return what is wrong, if anything."""
    expected = [row.seen for row in rows if row.id > follower.first]
    for index, (got, wanted) in enumerate(zip(follower.seen, expected, strict=False)):
        if got != wanted:
            return f"{got} instead of {wanted} at {index}; {follower.recovered}"
    if len(follower.seen) != len(expected):
        return f"{len(follower.seen)} transitions instead of {len(expected)}"
    return ""
