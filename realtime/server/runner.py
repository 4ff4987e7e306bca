"""How uvicorn is run: with our protocol class, and with a drain before it closes anything."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from typing import Any

import uvicorn
from django.conf import settings

from realtime.hub import get_hub


def protocol_options() -> dict[str, Any]:
    """Return the uvicorn options that choose the protocol classes and their limits."""
    return {
        "http": "realtime.server.protocol:PresenceProtocol",
        "ws": "websockets-sansio",  # never reached: ours serves every upgrade
        "ws_per_message_deflate": False,  # 64 KiB a socket instead of 14
        "ws_max_size": settings.WS_MAX_MESSAGE_BYTES,
        "ws_ping_interval": settings.WS_HEARTBEAT_INTERVAL / 1000,
        "ws_ping_timeout": settings.WS_HEARTBEAT_TIMEOUT / 1000,
    }


GC_THRESHOLDS = (50_000, 20, 50)
"""Python's own (700, 10, 10) walk all long-lived objects so often that 10,000 sockets make a connect quadratic. Ours
leave no cycles behind (``realtime/server/protocol.py``), so collecting rarely costs no memory. Only on uvloop: the
transports of asyncio's own loop are cycles themselves."""


SWITCH_SECONDS = 0.0005
"""A look-up in a thread holds the interpreter's lock for Python's own 5 ms before the event loop, which lets it go at
each system call, gets it back: a storm of connects spent a third of its time waiting."""


def collect_rarely() -> None:
    """Take what is there after start-up out of the collector's sight, and let it run rarely."""
    if type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)


class Server(uvicorn.Server):
    """uvicorn closes every socket with 1012 before the application hears of the shutdown: we speak first."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then settle the garbage collector."""
        await super().startup(sockets)
        collect_rarely()
        sys.setswitchinterval(SWITCH_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell each client when to come back, then let uvicorn end."""
        await get_hub().drain()
        await super().shutdown(sockets)
