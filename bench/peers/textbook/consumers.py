"""The consumer of the Channels tutorial: it joins a group, and each socket serialises each event itself."""

from __future__ import annotations

import time
import uuid
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class StatusConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Speaks as much of Presence's protocol as the benchmark needs."""

    async def connect(self) -> None:
        """Let in who is signed in."""
        if not self.scope["user"].is_authenticated:
            await self.close(4001)
            return
        await self.accept()
        await self.answer("system", "connected", {"connectionId": uuid.uuid4().hex})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard("status", self.channel_name)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        """Answer ``subscribe`` and ``ping``."""
        if content["action"] == "subscribe":
            await self.channel_layer.group_add("status", self.channel_name)
            await self.answer("config", "subscribed", {"subscribed": ["status"]})
        elif content["action"] == "ping":
            await self.answer("system", "pong", {"timestamp": time.time_ns() // 1_000_000})

    async def status_update(self, event: dict[str, Any]) -> None:
        """Send one event of the group."""
        await self.answer("status", "status_update", event["data"])

    async def answer(self, kind: str, event: str, data: dict[str, Any]) -> None:
        """Send the envelope that Presence sends."""
        now = time.time_ns() // 1_000_000
        message = {"id": str(uuid.uuid4()), "type": kind, "timestamp": now, "event": event, "data": data}
        await self.send_json({**message, "direction": "server-to-client"})
