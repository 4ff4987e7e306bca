"""How uvicorn is run: with our protocol class, and with a drain before it closes anything."""

from __future__ import annotations

import importlib.util
import socket
from typing import Any

import uvicorn
from django.conf import settings

from realtime.hub import get_hub


def protocol_options() -> dict[str, Any]:
    """Return the uvicorn options that choose the protocol classes and their limits."""
    options: dict[str, Any] = {
        "ws": "websockets-sansio",
        "ws_per_message_deflate": False,  # 64 KiB a socket instead of 14
        "ws_max_size": settings.WS_MAX_MESSAGE_BYTES,
        "ws_ping_interval": settings.WS_HEARTBEAT_INTERVAL / 1000,
        "ws_ping_timeout": settings.WS_HEARTBEAT_TIMEOUT / 1000,
    }
    if importlib.util.find_spec("realtime.server.protocol") is not None:
        options["http"] = "realtime.server.protocol:PresenceProtocol"
    return options


class Server(uvicorn.Server):
    """uvicorn closes every socket with 1012 before the application hears of the shutdown: we speak first."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell each client when to come back, then let uvicorn end."""
        await get_hub().drain()
        await super().shutdown(sockets)
