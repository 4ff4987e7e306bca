"""Somebody in a shared session: a socket, and a replica of the document as a browser keeps it."""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from tests.support.documents import Replica
from tests.support.presence_server import PresenceServer
from tests.support.socket_client import EndpointClient, Listener, open_endpoint
from tests.support.waiting import DEADLINE

Message = dict[str, Any]


class Collaborator(Listener):
    """Applies what comes to its replica; everything received stays in ``client.received``."""

    def __init__(self, client: EndpointClient, replica: Replica | None = None) -> None:
        self.client = client
        self.replica = replica or Replica()
        self.state: Message = {}
        self.saved: set[str] = set()
        self._ids = count()

    async def next(self, deadline: float = DEADLINE) -> Message:
        """Take the next message."""
        message = await self.client.next(deadline)
        payload = message["payload"]
        if message["type"] == "session_state":
            self.state = payload
            self.replica.take(b64decode(payload["doc"]))
        elif message["type"] == "doc_update":
            self.replica.take(b64decode(payload["update"]))
        elif message["type"] == "doc_saved":
            self.saved.add(payload["id"])
        return message

    async def until(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Read on until something is so."""
        async with asyncio.timeout(deadline):
            while not condition():
                await self.next(deadline)

    async def send(self, kind: str, payload: Message | None = None, **more: Any) -> None:
        """Send one message."""
        await self.client.send(kind, payload, **more)

    async def send_update(self, update: bytes) -> str:
        """Send an update; return its id."""
        message_id = f"u{next(self._ids)}-{time.monotonic_ns()}"
        await self.send("doc_update", {"update": b64encode(update).decode()}, id=message_id)
        return message_id

    async def type(self, text: str, position: int | None = None) -> str:
        """Insert text, and wait until it is stored."""
        where = len(self.replica.text) if position is None else position
        message_id = await self.send_update(self.replica.insert(where, text))
        await self.until(lambda: message_id in self.saved)
        return message_id

    async def say(self, content: str, key: str, **more: Any) -> Message:
        """Say something in the chat; return the message as it comes back."""
        await self.send("chat_message", {"message": {"id": key, "content": content, **more}})
        payload = await self.expect("chat_message", lambda payload: payload["message"]["id"] == key)
        message: Message = payload["message"]
        return message

    async def refusal(self) -> str:
        """Return the code of the next error."""
        code: str = (await self.expect("error"))["code"]
        return code


@asynccontextmanager
async def collaborate(
    address: str, session_id: str, token: str, replica: Replica | None = None
) -> AsyncIterator[Collaborator]:
    """Come into a session, and get its state."""
    path = f"/ws/collaboration/{session_id}"
    async with open_endpoint(address, path, "collaboration", token=token) as client:
        collaborator = Collaborator(client, replica)
        await collaborator.expect("session_state")
        yield collaborator


def make_session(server: PresenceServer, **values: Any) -> str:
    """Open a session as the administrator; return its id."""
    with server.api() as api:
        answer = api.http.post("/api/v1/sessions", json=values)
        assert answer.status_code == 201, answer.text
        session_id: str = answer.json()["id"]
        return session_id
