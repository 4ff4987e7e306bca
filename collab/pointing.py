"""Cursors that both kinds of client understand.

A document client points by relative positions of Yjs, a plain one by whatever it likes. Where that is an offset
(``12``, or ``{"anchor": 12, "head": 20}``, in UTF-16 units as JavaScript counts), each is told to the other kind too.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from collab.awareness import State
from collab.messages import CursorMoved

if TYPE_CHECKING:
    from collab.guests import Guest
    from collab.room import Room

Selection = tuple[int, int]
MAX_OFFSET = 2**53


def selection_of(cursor: Any) -> Selection | None:
    """Return the anchor and head of a plain client's cursor; None where it is nothing that a document client knows."""
    anchor = cursor.get("anchor") if isinstance(cursor, dict) else cursor
    head = cursor.get("head", anchor) if isinstance(cursor, dict) else cursor
    if type(anchor) is not int or type(head) is not int or not (0 <= anchor < MAX_OFFSET and 0 <= head < MAX_OFFSET):
        return None
    return anchor, head


class Pointing:
    """The cursors of one room, told from each kind of client to the other."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._moves: dict[Guest, Selection] = {}
        self._replicas: dict[Guest, list[int]] = {}
        """For each plain client the replica under which it points, and the clock of its last state."""
        self._told: dict[int, Selection] = {}
        self._found: dict[int, tuple[int, dict[str, Any], Selection | None]] = {}
        """Where each document client's cursor is: as of which change, the cursor, the offsets."""
        self._worker: asyncio.Task[None] | None = None
        self._look = False

    def moved(self, guest: Guest, cursor: Any) -> None:
        """Take where a plain client points."""
        selection = selection_of(cursor)
        if selection is not None:
            self._moves[guest] = selection
            self._work()

    def look(self) -> None:
        """Take that document clients point elsewhere now."""
        if any(guest.plain for guest in self._room.guests):
            self._look = True
            self._work()

    def left(self, guest: Guest) -> None:
        """Forget a socket."""
        self._moves.pop(guest, None)
        self._replicas.pop(guest, None)

    def gone(self, user_id: int) -> None:
        """Forget somebody."""
        self._told.pop(user_id, None)
        self._found.pop(user_id, None)

    def selections(self) -> dict[str, Any]:
        """Return where each document client points, for plain ones; to be called with the document's lock held."""
        cursors = self._room.live.cursors.by_user()
        found = {user_id: self._find(user_id, cursor) for user_id, cursor in cursors.items()}
        return {str(user_id): {"anchor": at[0], "head": at[1]} for user_id, at in found.items() if at is not None}

    def _find(self, user_id: int, cursor: dict[str, Any]) -> Selection | None:
        document = self._room.editing.document
        seq, known, selection = self._found.get(user_id, (-1, {}, None))
        if seq != document.seq or known != cursor:
            anchor, head = document.place_of(cursor["anchor"]), document.place_of(cursor["head"])
            selection = None if anchor is None or head is None else (anchor, head)
            self._found[user_id] = document.seq, cursor, selection
        return selection

    def _work(self) -> None:
        if self._worker is None:
            self._worker = self._room.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._moves or self._look:
                async with self._room.editing.lock:  # what is in the document now stays while it is looked at
                    self._place()
                    self._tell()
        finally:
            self._worker = None

    def _place(self) -> None:
        """Tell document clients where plain ones point."""
        document, cursors = self._room.editing.document, self._room.live.cursors
        moves, self._moves = self._moves, {}
        for guest, (anchor, head) in moves.items():
            own = self._replicas.setdefault(guest, [random.getrandbits(32), 0])
            own[1] += 1
            cursor = {"anchor": document.position_at(anchor), "head": document.position_at(head)}
            cursors.take(guest, guest.user_id, [State(own[0], own[1], {"cursor": cursor})])
        if moves:
            self._room.live.plan_flush()

    def _tell(self) -> None:
        """Tell plain clients where document clients point now, those who have moved."""
        if not self._look:
            return
        self._look = False
        for user, cursor in self.selections().items():
            selection = cursor["anchor"], cursor["head"]
            if user in self._room.live.plain or self._told.get(int(user)) == selection:
                continue
            self._told[int(user)] = selection
            self._room.guests.tell("cursor_moved", CursorMoved(cursor, user), lambda guest: guest.plain)
