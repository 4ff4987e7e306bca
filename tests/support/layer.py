"""Listening to the real channel layer of this process, as a hub does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from channels.layers import get_channel_layer

from realtime import publisher
from realtime.topics import Event
from tests.support.waiting import DEADLINE

_decode = msgspec.msgpack.Decoder(Event).decode


class Heard:
    """What came so far in ``messages``; call it for the next events."""

    def __init__(self, layer: Any, channel: str) -> None:
        self._layer = layer
        self._channel = channel
        self.messages: list[dict[str, Any]] = []

    async def __call__(self, count: int) -> list[Event]:
        """Return the next ``count`` events; hints in between are only kept."""
        events: list[Event] = []
        async with asyncio.timeout(DEADLINE):
            while len(events) < count:
                message = await self._layer.receive(self._channel)
                self.messages.append(message)
                if message["type"] == "hub.event":
                    events.append(_decode(message["event"]))
        return events


@asynccontextmanager
async def listening(*topics: str) -> AsyncIterator[Heard]:
    """Join the groups of these topics on this event loop, to which publishers send from now on."""
    layer: Any = get_channel_layer()
    publisher.bind(asyncio.get_running_loop())
    channel = await layer.new_channel("test")
    for topic in topics:
        await layer.group_add(publisher.group_name(topic), channel)
    yield Heard(layer, channel)
    for topic in topics:
        await layer.group_discard(publisher.group_name(topic), channel)
