"""Timers for very many sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.server.websocket import OpenSocket


class Deadlines:
    """Timers of one fixed delay for any number of sockets, on a single timer of the loop.

    With one delay for all, deadlines expire in the order they were set: an insertion-ordered dict is the whole queue.
    Measured with 10,000 sockets: 54 bytes and 0.25 us (set and forget) a socket, against 580 bytes and 2.4 us for a
    ``call_later`` each on uvloop (257 bytes and 2.4 us on asyncio's loop).

    At most ``BATCH`` expire at a time and then ``GRAIN`` seconds pass, so that 10,000 sockets that came in one second
    never hold up the loop with 10,000 pings: with a broadcast, yielding every 100 writes instead of every 500 brought
    the p99 of a ping from 3.1 ms to 0.8 ms.
    """

    BATCH = 100
    GRAIN = 0.01

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float, expired: Callable[[OpenSocket], None]) -> None:
        self._loop = loop
        self._delay = delay
        self._expired = expired
        self._due: dict[OpenSocket, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, socket: OpenSocket) -> bool:
        return socket in self._due

    def set(self, socket: OpenSocket) -> None:
        """Start the socket's delay, or start it again."""
        self._due.pop(socket, None)
        self._due[socket] = due = self._loop.time() + self._delay
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._run)

    def forget(self, socket: OpenSocket) -> None:
        """Drop the socket's deadline, if it has one."""
        self._due.pop(socket, None)

    def _run(self) -> None:
        now = self._loop.time()
        batch: list[OpenSocket] = []
        for socket, due in self._due.items():  # one walk a run: popping from the front one by one would be quadratic
            if due > now or len(batch) == self.BATCH:
                break
            batch.append(socket)
        for socket in batch:
            del self._due[socket]
        for socket in batch:
            self._expired(socket)
        first = next(iter(self._due.values()), None)
        self._timer = None if first is None else self._loop.call_at(max(first, now + self.GRAIN), self._run)
