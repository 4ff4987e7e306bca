"""The one place from which events leave a process, always after commit."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from msgspec import Struct

from realtime.protocol import Priority, Severity
from realtime.topics import Event

if TYPE_CHECKING:
    from realtime.loopless import Loopless

logger = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
_packer = msgspec.msgpack.Encoder()


MAX_PENDING = 10_000
"""Messages that may wait for a channel layer that hangs; what comes then is lost, which is said."""
CONTROL = "control"
"""A group beside those of the topics, for messages about sockets."""


def group_name(topic: str) -> str:
    """Return the channel-layer group that carries ``topic``."""
    return f"presence.{topic}"


def publish(
    *,
    topic: str,
    event: str,
    data: Struct | dict[str, Any],
    position: int,
    key: str = "",
    priority: Priority = "normal",
    host: str | None = None,
    component: str | None = None,
    severity: Severity | None = None,
    marks: dict[str, int] | None = None,
) -> None:
    """Send one event to every hub once the current transaction commits; at once outside of one.

    Any thread may call it. It never waits and never raises for a layer that can't be reached: delivery of ``latest``
    topics converges with the next event, ``ordered`` topics are read from their rows.
    ``marks`` says up to where ordered topics have rows, so that each event also stands in for a lost hint.
    """
    now = time.time()
    payload = Event(topic, event, _encoder.encode(data), position, key, priority, host, component, severity, now)
    message: dict[str, Any] = {"type": "hub.event", "event": _packer.encode(payload)}
    if marks:
        message["marks"] = marks
    _after_commit(partial(_way_out.send, group_name(topic), message))


def hint(*, topic: str, position: int) -> None:
    """Tell every hub, after commit, that an ordered topic has rows up to ``position``. A lost hint costs time only."""
    message = {"type": "hub.hint", "topic": topic, "position": position}
    _after_commit(partial(_way_out.send, group_name(topic), message))


def control(message: dict[str, Any]) -> None:
    """Tell every hub something about sockets, after commit: ``hub.recheck`` a user, ``hub.make_room``."""
    _after_commit(partial(_way_out.send, group_name(CONTROL), message))


def forget(*, topic: str, key: str) -> None:
    """Tell every hub, after commit, that what it remembers of a ``latest`` topic's key is of something that is gone."""
    message = {"type": "hub.forget", "topic": topic, "key": key}
    _after_commit(partial(_way_out.send, group_name(topic), message))


def send_to(name: str, message: dict[str, Any]) -> None:
    """Send a message to the channel-layer group ``name``, after commit."""
    _after_commit(partial(_way_out.send, group_name(name), message))


def _after_commit(call: Callable[[], None]) -> None:
    # ``on_commit`` alone would connect to learn that there is no transaction, and fail while the database is gone.
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(call)
    else:
        call()


class _WayOut:
    """Carries messages from any thread to the channel layer on one event loop that stays.

    The in-memory layer belongs to one loop: a thread that sent into it on a loop of its own would be heard up to five
    seconds late. The Redis layer opens connections per loop, so one lasting loop keeps one connection. Where there is
    Redis and no loop, as in a detector, the thread itself sends (``loopless.py``).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own: threading.Thread | None = None
        self._direct: Loopless | None = None
        self._reachable = True
        self._pending: set[Future[None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use the loop on which this process's hub runs."""
        self._loop = loop

    def send(self, group: str, message: dict[str, Any]) -> None:
        """Hand one message over without waiting for it."""
        if self._loop is None and settings.REDIS_URL:
            self._tell(self._directly(group, message))
            return
        if len(self._pending) >= MAX_PENDING:
            self._tell(TimeoutError(f"{MAX_PENDING:,} messages wait for it."))
            return
        work = get_channel_layer().group_send(group, message)
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._running_loop())
        except RuntimeError:  # the loop closed between the look and the call: the process is ending
            work.close()
            return
        self._pending.add(future)
        future.add_done_callback(self._report)

    def _directly(self, group: str, message: dict[str, Any]) -> BaseException | None:
        from realtime.loopless import Loopless  # the client library weighs 10 MB

        with self._lock:
            if self._direct is None:
                self._direct = Loopless(settings.REDIS_URL)
        return self._direct.send(group, message)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                self._loop = asyncio.new_event_loop()
                self._own = threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True)
                self._own.start()
            return self._loop

    def drain(self, timeout: float) -> None:
        """Wait up to ``timeout`` s for what was handed over so far (not on the loop's own thread)."""
        wait(list(self._pending), timeout)

    def _report(self, future: Future[None]) -> None:
        self._pending.discard(future)
        if not future.cancelled():
            self._tell(future.exception())

    def _tell(self, error: BaseException | None) -> None:
        if error is not None and self._reachable:
            logger.error("Live updates can't leave this process, the channel layer does not answer: %s", error)
        elif error is None and not self._reachable:
            logger.info("The channel layer answers again; live updates flow.")
        self._reachable = error is None


_way_out = _WayOut()
bind = _way_out.bind
drain = _way_out.drain
