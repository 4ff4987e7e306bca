"""What all sockets of one server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from realtime.server.deadlines import Deadlines

if TYPE_CHECKING:
    from realtime.server.websocket import OpenSocket

CLOSE_TIMEOUT = 10.0
"""Seconds that a peer may take to answer our close frame, or to close its end after ours; uvicorn's own figure."""
HEAD_TIMEOUT = 20.0
"""Seconds that a peer may take to say what it wants: whoever only connects, or never ends a header, holds a file."""


class Serving:
    """What all sockets of one server share. It must not hold on to the ``ServerState``: that is its key."""

    def __init__(
        self, config: Config, state: ServerState, loop: asyncio.AbstractEventLoop, kind: type[OpenSocket]
    ) -> None:
        self.app: Any = config.loaded_app
        self.loop = loop
        self.connections: set[Any] = state.connections
        self.tasks = state.tasks
        self.max_size = config.ws_max_size
        self.heads = Deadlines(loop, HEAD_TIMEOUT, kind.abort)
        self.closing = Deadlines(loop, CLOSE_TIMEOUT, kind.abort)
        self.pings = self._deadlines(config.ws_ping_interval, kind.ping)
        self.pongs = self._deadlines(config.ws_ping_timeout, kind.pong_missed) if self.pings else None

    def _deadlines(self, delay: float | None, expired: Callable[[OpenSocket], None]) -> Deadlines | None:
        return Deadlines(self.loop, delay, expired) if delay else None

    def forget(self, socket: OpenSocket) -> None:
        """Take the socket out of every register."""
        self.connections.discard(socket)
        self.heads.forget(socket)
        self.closing.forget(socket)
        self.stop_pings(socket)

    def stop_pings(self, socket: OpenSocket) -> None:
        """No keepalive for this socket any more."""
        if self.pings is not None:
            self.pings.forget(socket)
        if self.pongs is not None:
            self.pongs.forget(socket)
