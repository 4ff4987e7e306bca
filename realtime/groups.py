"""Groups that a domain makes as it needs them: messages between processes about one thing (a session, say).

The hub is the one member per process and group, whoever listens in it. A message is a hint: the layer may lose it, so
what must not be lost is a row first, and the message says up to where there are rows.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import get_channel_layer

from realtime import publisher

logger = logging.getLogger(__name__)

Callback = Callable[[dict[str, Any]], None]
JOIN_SECONDS = 5.0
"""How long ``join`` waits for a layer that does not answer; it goes on trying beside."""
RETRY_SECONDS = 0.5
NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


class Groups:
    """The groups of one hub. Belongs to its event loop."""

    def __init__(self, channel: Callable[[], Awaitable[str]]) -> None:
        self._channel = channel
        self._callbacks: dict[str, dict[Callback, None]] = {}
        self._members: set[str] = set()
        self._waiting: dict[str, asyncio.Event] = {}
        self._worker: asyncio.Task[None] | None = None

    async def join(self, group: str, callback: Callback) -> bool:
        """Call ``callback`` for each message to ``group``; return once this process is a member.

        False when the layer does not answer: the callback will be called as soon as it does again.

        Raises:
            ValueError: when the name is none: letters, digits, ``_ . -``, at most 80.
        """
        if NAME.fullmatch(group) is None:
            raise ValueError(f"{group!r} can't be the name of a group.")
        self._callbacks.setdefault(group, {})[callback] = None
        if group in self._members:
            return True
        event = self._waiting.setdefault(group, asyncio.Event())
        self._settle()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def leave(self, group: str, callback: Callback) -> None:
        """Do not call it any more; the last one takes this process out of the group."""
        callbacks = self._callbacks.get(group, {})
        callbacks.pop(callback, None)
        if not callbacks:
            self._callbacks.pop(group, None)
            self._waiting.pop(group, None)
            self._settle()

    def deliver(self, group: str, data: dict[str, Any]) -> None:
        """Hand one message to whoever listens here."""
        for callback in list(self._callbacks.get(group, ())):
            try:
                callback(data)
            except Exception:  # one listener's bug must not keep it from the others
                logger.exception("A listener of the group %s failed.", group)

    def names(self) -> list[str]:
        """Return the names of the groups that somebody here listens to, as the channel layer knows them."""
        return [publisher.group_name(f"group.{group}") for group in self._callbacks]

    async def stop(self) -> None:
        """Forget everything."""
        self._callbacks.clear()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def _settle(self) -> None:
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Bring what this process is a member of to what is wanted, until it is so."""
        told = False
        try:
            while self._callbacks.keys() != self._members:
                try:
                    await self._step()
                except Exception as error:  # whatever client library the layer is built on may raise its own errors
                    if not told:
                        logger.error("Groups can't be joined, the channel layer does not answer: %s", error)
                    told = True
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._worker = None

    async def _step(self) -> None:
        layer, channel = get_channel_layer(), await self._channel()
        for group in self._callbacks.keys() - self._members:
            await layer.group_add(publisher.group_name(f"group.{group}"), channel)
            self._members.add(group)
            if (event := self._waiting.pop(group, None)) is not None:
                event.set()
        for group in self._members - self._callbacks.keys():
            if group in self._callbacks:
                continue  # somebody came while the one before was left
            self._members.discard(group)
            await layer.group_discard(publisher.group_name(f"group.{group}"), channel)


async def join(group: str, callback: Callback) -> bool:
    """As ``Groups.join`` on the hub of the running event loop."""
    from realtime.hub import get_hub

    return await get_hub().groups.join(group, callback)


def leave(group: str, callback: Callback) -> None:
    """As ``Groups.leave`` on the hub of the running event loop."""
    from realtime.hub import get_hub

    get_hub().groups.leave(group, callback)


def send(group: str, data: dict[str, Any]) -> None:
    """Send a message to every listener of a group in every process, once the current transaction commits.

    Any thread may call it; it never waits and never raises for a layer that can't be reached. ``data`` is what msgpack
    and JSON both know: texts, numbers, bytes, lists, dictionaries with texts as keys.
    """
    message = {"type": "hub.group", "group": group, "data": data}
    publisher.send_to(f"group.{group}", message)
