"""A session's log on its way to the sockets: chat, runs, members, the timeline.

A hint says that there are rows up to a number; the room reads them after its last and passes them on in their order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error as DatabaseTrouble

from collab import messages, models, selectors
from collab.errors import Refused
from collab.log import LIVE_ONLY
from realtime.pool import in_thread
from realtime.protocol import CloseCode

if TYPE_CHECKING:
    from collab.room import Room

logger = logging.getLogger(__name__)

RECENT_CHAT = 50
RECENT_RUNS = 20
ABOUT_SESSION = ("renamed", "archived", "reopened")
ABOUT_MEMBERS = ("member_added", "member_removed", "role_changed")


@dataclass
class _Read:
    """What was read with some events."""

    events: list[models.Event]
    entries: dict[int, messages.TimelineEntry]
    chat: dict[str, messages.ChatMessage]
    runs: list[messages.Run] | None = None
    info: messages.SessionInfo | None = None
    people: dict[int, messages.Participant] | None = None


@dataclass
class Recent:
    """What a newcomer is told of the log."""

    number: int
    info: messages.SessionInfo
    people: dict[int, messages.Participant]
    """Every member, whether there or not."""
    chat: deque[messages.ChatMessage] = field(default_factory=deque)
    chat_more: bool = False
    runs: list[messages.Run] = field(default_factory=list)


def read_recent(session: models.Session) -> Recent:
    """Return what is to be known of a session's log on opening it; ``session`` was read before the rest."""
    chat, more = selectors.chat_page(session.pk, before=None, limit=RECENT_CHAT)
    people = selectors.people_of(session.pk)
    runs = selectors.runs_of(session.pk, limit=RECENT_RUNS)
    return Recent(session.event_head, selectors.info_of(session), people, deque(chat), more, runs)


class Following:
    """The log of one room."""

    def __init__(self, room: Room, recent: Recent) -> None:
        self._room = room
        self.recent = recent
        self._known = recent.number
        self._worker: asyncio.Task[None] | None = None

    def look(self, number: int) -> None:
        """Read on, when there is more than is known here."""
        self._known = max(self._known, number)
        if self._worker is None and self._known > self.recent.number:
            self._worker = self._room.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._known > self.recent.number:
                read = await in_thread(self._read)
                if not read.events:
                    self._known = self.recent.number
                for event in read.events:
                    self._pass_on(event, read)
        except DatabaseTrouble as trouble:  # the next beat looks again
            logger.warning("The log of session %s can't be read: %s", self._room.session_id, trouble)
            self._known = self.recent.number
        finally:
            self._worker = None

    def _read(self) -> _Read:
        session_id = self._room.session_id
        events = selectors.events_after(session_id, self.recent.number)
        kinds = {event.kind for event in events}
        keys = [event.data["id"] for event in events if event.kind in ("message", "message_changed")]
        shown = [event for event in events if event.kind not in LIVE_ONLY]
        read = _Read(
            events,
            {entry.number: entry for entry in selectors.entries_of(session_id, shown)},
            selectors.chat_by_key(session_id, keys) if keys else {},
        )
        if kinds.intersection(selectors.RUN_KINDS):
            read.runs = selectors.runs_of(session_id, limit=RECENT_RUNS)
        if kinds.intersection(ABOUT_SESSION):
            read.info = selectors.info_of(models.Session.objects.get(pk=session_id))
        if kinds.intersection(ABOUT_MEMBERS):
            read.people = selectors.people_of(session_id)
        return read

    # --- one event ---

    def _pass_on(self, event: models.Event, read: _Read) -> None:
        self.recent.number = event.number
        if event.kind == "message":
            self._message(event, read)
        elif event.kind == "message_changed":
            self._message_changed(event, read)
        elif event.kind in selectors.RUN_KINDS:
            self._run_changed(event, read)
        elif event.kind in ABOUT_SESSION and read.info is not None:
            self.recent.info = read.info
            self._room.guests.tell("session_updated", messages.SessionUpdated(read.info))
        elif event.kind in ABOUT_MEMBERS and read.people is not None:
            self._members_changed(event, read.people)
        if (entry := read.entries.get(event.number)) is not None:
            self._room.guests.tell("timeline", messages.TimelineAdded(entry))

    def _message(self, event: models.Event, read: _Read) -> None:
        message = read.chat.get(event.data["id"])
        if message is None:
            return
        if not self.recent.chat or self.recent.chat[-1].number < message.number:
            self.recent.chat.append(message)
        if len(self.recent.chat) > RECENT_CHAT:
            self.recent.chat.popleft()
            self.recent.chat_more = True
        if event.actor_id is not None:
            self._room.live.typed(event.actor_id, False)
        self._room.guests.tell("chat_message", messages.ChatPosted(message))

    def _message_changed(self, event: models.Event, read: _Read) -> None:
        message = read.chat.get(event.data["id"])
        if message is None:
            return
        for index, one in enumerate(self.recent.chat):
            if one.id == message.id:
                self.recent.chat[index] = message
        self._room.guests.tell("chat_updated", messages.ChatPosted(message))

    def _run_changed(self, event: models.Event, read: _Read) -> None:
        self.recent.runs = read.runs if read.runs is not None else self.recent.runs
        run = next((run for run in self.recent.runs if run.number == event.data["run"]), None)
        if run is None:
            return
        if event.kind == "run_cancel":
            payload = messages.RunCancel(run.execution_id, run.number, str(event.actor_id))
            self._room.guests.tell("run_cancel", payload)
        else:
            self._room.guests.tell(event.kind, messages.RunChanged(run))

    def _members_changed(self, event: models.Event, people: dict[int, messages.Participant]) -> None:
        self.recent.people = people
        user_id = int(event.data["memberId"])
        person = people.get(user_id)
        for guest in self._room.guests.of(user_id):
            if person is None and not guest.peer.identity.is_admin:
                guest.peer.end(CloseCode.NOT_ALLOWED, "not a member any more", reconnect=False)
            elif person is not None:
                guest.peer.send("role_changed", messages.RoleChanged(self._room.role_of(guest)))
        if person is not None and user_id in self._room.present:
            self._room.present[user_id] = person
            self._room.guests.tell("participant_updated", messages.ParticipantUpdated(person))

    def check_open(self) -> Refused | None:
        """Return the refusal of a change, when the session is archived."""
        return Refused("SESSION_ARCHIVED") if self.recent.info.archived else None
