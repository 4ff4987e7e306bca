"""The rooms of a process: opened for the first socket of a session, closed after the last."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error as DatabaseTrouble

from collab.guests import Guest
from collab.models import Session
from collab.presence import presence_beat
from collab.room import Room
from realtime.pool import in_thread

if TYPE_CHECKING:
    from realtime.hub import Hub

logger = logging.getLogger(__name__)


class Rooms:
    """All rooms of one hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.visits: Counter[tuple[UUID, int]] = Counter()
        """How many sockets of whom are in which session; what the rows of ``Presence`` say of this process."""
        self._rooms: dict[UUID, Room] = {}
        self._opening: dict[UUID, asyncio.Task[Room]] = {}
        self._beating: asyncio.Task[None] | None = None

    @property
    def process(self) -> str:
        """The name of this process among all."""
        return self.hub.registry.process

    def sockets_in(self, session_id: UUID) -> int:
        """Return how many sockets a session has here."""
        room = self._rooms.get(session_id)
        return 0 if room is None else len(room.guests)

    def visit(self, session_id: UUID, user_id: int) -> None:
        """Count a socket of somebody."""
        self.visits[session_id, user_id] += 1
        if self._beating is None:
            self._beating = self.hub.spawn(self._beat())

    def unvisit(self, session_id: UUID, user_id: int) -> None:
        """Count one less."""
        self.visits[session_id, user_id] -= 1
        if self.visits[session_id, user_id] <= 0:
            del self.visits[session_id, user_id]

    async def room(self, session_id: UUID) -> Room:
        """Return the session's room, opened when it was not.

        Raises:
            DatabaseTrouble, Session.DoesNotExist, collab.updates.Damaged: when it can't be.
        """
        room = self._rooms.get(session_id)
        if room is not None:
            return room
        opening = self._opening.get(session_id)
        if opening is None:
            opening = self._opening[session_id] = self.hub.loop.create_task(self._open(session_id))
        return await asyncio.shield(opening)

    async def _open(self, session_id: UUID) -> Room:
        room = Room(self.hub, session_id)
        try:
            await room.open()
        except BaseException:
            await room.close()
            raise
        finally:
            del self._opening[session_id]
        self._rooms[session_id] = room
        return room

    async def leave(self, session_id: UUID, room: Room | None, guest: Guest | None) -> None:
        """Let a socket go. The room closes after the last one.

        One that is on its way in counts: else it would come into a room that nobody tells anything any more.
        """
        if room is not None and guest is not None:
            room.leave(guest)
        room = self._rooms.get(session_id)
        if room is None or len(room.guests) or any(visited == session_id for visited, _ in self.visits):
            return
        del self._rooms[session_id]
        await quietly(room.close())

    # --- the beat ---

    async def _beat(self) -> None:
        """Say that this process lives, and look whether hints were lost, as long as it has rows to answer for."""
        while True:
            await asyncio.sleep(settings.PRESENCE_SESSION_HEARTBEAT)
            await quietly(self._beat_once())

    async def _beat_once(self) -> None:
        heads = await in_thread(self._beat_in_thread, dict(self.visits), list(self._rooms))
        for session_id, document_head, event_head in heads:
            if (room := self._rooms.get(session_id)) is not None:
                room.beat(document_head, event_head)
                await room.store_text()

    def _beat_in_thread(
        self, visits: dict[tuple[UUID, int], int], session_ids: list[UUID]
    ) -> list[tuple[UUID, int, int]]:
        presence_beat(process=self.process, counts=visits)
        found = Session.objects.filter(pk__in=session_ids)
        return list(found.values_list("pk", "document_head", "event_head"))


async def quietly(work: Awaitable[None]) -> None:
    """Do something that is tried again, or not missed, when the database is away."""
    try:
        await work
    except DatabaseTrouble as trouble:
        logger.warning("Sessions: %s", trouble)


_rooms: WeakKeyDictionary[Hub, Rooms] = WeakKeyDictionary()


def rooms_of(hub: Hub) -> Rooms:
    """Return the rooms of a hub."""
    found = _rooms.get(hub)
    if found is None:
        found = _rooms[hub] = Rooms(hub)
    return found
