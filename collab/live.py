"""What is told and never stored: cursors, who is typing, how far a run is.

It reaches the sockets here at once, and those of other processes by a message to the room's group, which may be lost.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from collab import messages
from collab.awareness import State
from collab.cursors import Cursors
from collab.guests import Guest
from collab.pointing import Pointing

if TYPE_CHECKING:
    from collab.room import Room

FLUSH_SECONDS = 0.03
"""Cursors that move within this time are told together."""
TYPING_SECONDS = 6.0
MAX_CURSOR_LENGTH = 1_024


class Live:
    """The passing things of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._loop = asyncio.get_running_loop()
        self.cursors = Cursors(self._loop.time, self._user)
        self.plain: dict[str, Any] = {}
        """The newest cursor of each participant, as plain clients understand it."""
        self.pointing = Pointing(room)
        self._typing: dict[int, asyncio.TimerHandle] = {}
        self._flush: asyncio.TimerHandle | None = None

    def _user(self, user_id: int) -> dict[str, str]:
        person = self._room.person(user_id)
        return {"id": person.id, "name": person.name, "color": person.color, "colorLight": person.color_light}

    # --- cursors in the document ---

    def take_states(self, guest: Guest, states: Iterable[State]) -> None:
        """Take what a document client says of its own cursors.

        Raises:
            PermissionError: when one of them is somebody else's.
        """
        wanted = list(states)
        for state in wanted:
            if self._room.editing.document.owner_of(state.replica) not in (None, guest.user_id):
                raise PermissionError
        self.cursors.take(guest, guest.user_id, wanted)
        self.plan_flush()

    def hear_states(self, states: Iterable[tuple[int, int, int, str]]) -> None:
        """Take what another process says: user, replica, clock, state as JSON (empty: gone)."""
        for user_id, replica, clock, value in states:
            self.cursors.hear(user_id, State(replica, clock, json.loads(value) if value else None))
        self.plan_flush()

    def plan_flush(self) -> None:
        """Tell what has changed, soon."""
        if self._flush is None:
            self._flush = self._loop.call_later(FLUSH_SECONDS, self._tell_cursors)

    def _tell_cursors(self) -> None:
        self._flush = None
        update, ours = self.cursors.changes()
        if update is not None:
            payload = messages.AwarenessUpdated(b64encode(update).decode())
            self._room.guests.tell("awareness", payload, lambda guest: guest.speech != "plain")
            self.pointing.look()
        if ours:
            self.send_states(ours)

    def send_states(self, states: Iterable[tuple[int, State]]) -> None:
        """Tell other processes."""
        packed = [
            [user_id, state.replica, state.clock, "" if state.value is None else json.dumps(state.value)]
            for user_id, state in states
        ]
        self._room.send({"kind": "awareness", "states": packed})

    # --- cursors of plain clients ---

    def move(self, guest: Guest, cursor: Any) -> None:
        """Tell where a plain client's cursor is."""
        self.plain[guest.id] = cursor
        self._tell_move(guest.id, cursor, guest)
        self.pointing.moved(guest, cursor)
        self._room.send({"kind": "cursor", "user": guest.id, "cursor": json.dumps(cursor)})

    def hear_move(self, participant: str, cursor: Any) -> None:
        """Take what another process says."""
        self.plain[participant] = cursor
        self._tell_move(participant, cursor, None)

    def _tell_move(self, participant: str, cursor: Any, author: Guest | None) -> None:
        payload = messages.CursorMoved(cursor, participant)
        self._room.guests.tell("cursor_moved", payload, lambda guest: guest.plain and guest is not author)

    # --- typing ---

    @property
    def typing(self) -> list[str]:
        """Who is typing a message."""
        return [str(user_id) for user_id in self._typing]

    def typed(self, user_id: int, typing: bool, *, heard: bool = False) -> None:
        """Note that somebody is typing, or has ended. It ends by itself after some seconds."""
        timer = self._typing.pop(user_id, None)
        if timer is not None:
            timer.cancel()
        if typing:
            self._typing[user_id] = self._loop.call_later(TYPING_SECONDS, self.typed, user_id, False)
        if typing or timer is not None:
            self._room.guests.tell("typing", messages.TypingChanged(str(user_id), typing))
        if typing and not heard:
            self._room.send({"kind": "typing", "user": user_id})

    # --- runs ---

    def progressed(self, payload: messages.RunProgress, *, heard: bool = False) -> None:
        """Tell how far a run is."""
        run = next((run for run in self._room.log.recent.runs if run.execution_id == payload.execution_id), None)
        if run is None or run.status != "running":
            return
        run.rows, run.progress, run.step = payload.rows, payload.progress, payload.step
        told = messages.RunProgressed(run.execution_id, run.number, run.rows, run.progress, run.step)
        self._room.guests.tell("run_progress", told)
        if not heard:
            fields = [payload.execution_id, payload.rows, payload.progress, payload.step]
            self._room.send({"kind": "progress", "fields": fields})

    # --- the end ---

    def gone(self, user_id: int) -> None:
        """Forget what somebody who has left was doing."""
        self.plain.pop(str(user_id), None)
        self.pointing.gone(user_id)
        self.typed(user_id, False, heard=True)

    def close(self) -> None:
        """Stop every timer."""
        if self._flush is not None:
            self._flush.cancel()
        for timer in self._typing.values():
            timer.cancel()
