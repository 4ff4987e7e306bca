"""A session in one process: its sockets, its document, and what they are told.

A room belongs to the event loop. It keeps nothing that is not also a row, or that clients repeat by themselves: after a
crash it is made anew from the database. What other processes do reaches it as hints (``realtime.groups``), and at every
beat it looks whether one was lost.
"""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as DatabaseTrouble

from collab import messages, selectors
from collab.editing import Editing
from collab.following import Following, Recent, read_recent
from collab.guests import Guest, Guests
from collab.live import Live
from collab.log import group_of
from collab.models import Member, Session
from collab.people import color_of
from collab.presence import present_in
from collab.updates import Row, text_store
from collab.words import storable
from realtime import groups
from realtime.pool import in_thread

if TYPE_CHECKING:
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

MAX_UPDATE_BYTES = 1_048_576


class Room:
    """One session that somebody in this process has open."""

    def __init__(self, hub: Hub, session_id: UUID) -> None:
        self.hub = hub
        self.session_id = session_id
        self.id = uuid4().hex
        self.guests = Guests()
        self.present: dict[int, messages.Participant] = {}
        """Who is there, in whichever process."""
        self.editing = Editing(self)
        self.live = Live(self)
        self.log: Following
        self._ready = False
        self._stored_text = -1
        self._looking: asyncio.Task[None] | None = None
        self._look_again = False

    async def open(self) -> None:
        """Load everything, and begin to listen to other processes.

        Raises:
            DatabaseTrouble, Session.DoesNotExist, collab.updates.Damaged: when that fails.
        """
        await groups.join(group_of(self.session_id), self._heard)
        self.log = Following(self, await in_thread(self._read_recent))
        await self.editing.open()
        if await in_thread(self._text_is_stored):  # else the process that changed it has died before it noted that
            self._stored_text = self.editing.document.seq
        await self.look_who_is_there()
        self._ready = True
        self.beat(*await in_thread(heads, self.session_id))  # what was said while this was read
        self.send({"kind": "ask"})

    def _read_recent(self) -> Recent:
        return read_recent(Session.objects.get(pk=self.session_id))

    def _text_is_stored(self) -> bool:
        text = Session.objects.values_list("text", flat=True).get(pk=self.session_id)
        return text == storable(self.editing.document.text)

    async def close(self) -> None:
        """Stop listening, and note how the text reads."""
        groups.leave(group_of(self.session_id), self._heard)
        if not self._ready:
            return
        self.live.close()
        await self.editing.close()
        await self.store_text()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work beside the sockets."""
        return self.hub.spawn(work)

    def send(self, hint: dict[str, Any]) -> None:
        """Tell the other processes that have this session open."""
        groups.send(group_of(self.session_id), {"from": self.id, **hint})

    # --- who is who ---

    def person(self, user_id: int) -> messages.Participant:
        """Return a person as others see them."""
        person = self.log.recent.people.get(user_id) or self.present.get(user_id)
        if person is not None:
            return person
        color, light = color_of(user_id)  # an administrator who is no member
        return messages.Participant(str(user_id), f"#{user_id}", color, light, "owner")

    def role_of(self, guest: Guest) -> Literal["owner", "editor", "viewer"]:
        """Return what a socket may do now."""
        if guest.peer.identity.read_only:
            return "viewer"
        if guest.peer.identity.is_admin:
            return "owner"
        member = self.log.recent.people.get(guest.user_id)
        return "viewer" if member is None else member.role

    def look_soon(self) -> None:
        """Look who is there; once, however often it is asked for meanwhile."""
        self._look_again = True
        if self._looking is None:
            self._looking = self.spawn(self._look())

    async def _look(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                await self.look_who_is_there()
        except DatabaseTrouble as trouble:
            logger.warning("Who is in session %s can't be read: %s", self.session_id, trouble)
        finally:
            self._looking = None

    async def look_who_is_there(self) -> None:
        """Read who is there, and tell who has come and gone.

        Raises:
            DatabaseTrouble: when it can't be read.
        """
        found, people = await in_thread(self._read_people)
        self.log.recent.people = people
        for user_id in found - self.present.keys():
            person = self.present[user_id] = self.person(user_id)
            self.guests.tell("participant_joined", messages.ParticipantJoined(person))
        for user_id in self.present.keys() - found:
            del self.present[user_id]
            self.guests.tell("participant_left", messages.ParticipantLeft(str(user_id)))
            self.live.gone(user_id)

    def _read_people(self) -> tuple[set[int], dict[int, messages.Participant]]:
        people = selectors.people_of(self.session_id)
        return present_in([self.session_id]).get(self.session_id, set()), people

    # --- what other processes say ---

    def _heard(self, hint: dict[str, Any]) -> None:
        kind = hint["kind"]
        if not self._ready:
            return
        if kind == "events":
            self.log.look(hint["number"])
        elif kind == "people":
            self.look_soon()
        elif hint["from"] == self.id:
            return
        elif kind == "document":
            self._heard_document(hint)
        elif kind == "awareness":
            self.live.hear_states(tuple(state) for state in hint["states"])
        else:
            self._heard_passing(kind, hint)

    def _heard_document(self, hint: dict[str, Any]) -> None:
        if "data" not in hint:
            self.editing.look(hint["seq"])
            return
        row = Row(hint["seq"], bytes(hint["data"]), tuple(hint["authors"]))
        self.editing.hear(row, dict(hint["owners"]))

    def _heard_passing(self, kind: str, hint: dict[str, Any]) -> None:
        if kind == "ask":
            self.live.send_states(self.live.cursors.ours())
        elif kind == "cursor":
            self.live.hear_move(hint["user"], json.loads(hint["cursor"]))
        elif kind == "typing":
            self.live.typed(hint["user"], True, heard=True)
        elif kind == "progress":
            execution_id, rows, progress, step = hint["fields"]
            self.live.progressed(messages.RunProgress(execution_id, rows, progress, step), heard=True)

    # --- sockets ---

    async def come_in(self, guest: Guest, read_number: int, unread: int) -> None:
        """Give a socket the whole state, and from then on all that happens."""
        await self.editing.catch_up()
        async with self.editing.lock:  # what is in the document now is stored, and nothing is on its way
            guest.shown = self.editing.document.text
            guest.peer.send("session_state", self.state_for(guest, read_number, unread))
            self.guests.add(guest)

    async def send_state(self, guest: Guest, message_id: str | None) -> None:
        """Give a socket the whole state once more."""
        read_number, unread = await in_thread(read_marks, self.session_id, guest.user_id)
        async with self.editing.lock:
            guest.shown = self.editing.document.text
            guest.peer.send("session_state", self.state_for(guest, read_number, unread), id=message_id)

    def state_for(self, guest: Guest, read_number: int, unread: int) -> messages.SessionState:
        """Return the whole state; to be called with the document's lock held."""
        document, recent, cursors = self.editing.document, self.log.recent, self.live.cursors.everything()
        return messages.SessionState(
            session=recent.info,
            you=guest.id,
            role=self.role_of(guest),
            participants=list(self.present.values()),
            query=document.text,
            query_author=None if document.author is None else str(document.author),
            chat_messages=list(recent.chat),
            chat_more=recent.chat_more,
            unread=unread,
            read_number=read_number,
            doc=b64encode(document.state()).decode(),
            doc_seq=document.seq,
            runs=recent.runs,
            number=recent.number,
            typing=self.live.typing,
            cursors={**self.live.pointing.selections(), **self.live.plain},
            awareness=None if cursors is None else b64encode(cursors).decode(),
            limits=messages.Limits(
                settings.PRESENCE_SESSION_TEXT_LENGTH, settings.PRESENCE_SESSION_MESSAGE_LENGTH, MAX_UPDATE_BYTES
            ),
        )

    def leave(self, guest: Guest) -> None:
        """Forget a socket."""
        self.guests.remove(guest)
        self.live.pointing.left(guest)
        self.live.cursors.drop(guest)
        self.live.plan_flush()

    # --- the beat ---

    def beat(self, document_head: int, event_head: int) -> None:
        """Look whether a hint was lost."""
        self.editing.look(document_head)
        self.log.look(event_head)
        self.look_soon()
        self.live.cursors.sweep(lambda user_id: user_id in self.present)
        self.live.plan_flush()

    async def store_text(self) -> None:
        """Note how the text reads, for lists and searching, when it has changed."""
        seq = self.editing.document.seq
        if seq > self._stored_text:
            async with self.editing.lock:
                text, author = self.editing.document.text, self.editing.document.author
            await in_thread(text_store, session_id=self.session_id, text=text, author=author)
            self._stored_text = seq


def heads(session_id: UUID) -> tuple[int, int]:
    """Return the newest numbers of the document's log and of the events.

    Raises:
        Session.DoesNotExist: when the session is gone.
    """
    return Session.objects.values_list("document_head", "event_head").get(pk=session_id)


def read_marks(session_id: UUID, user_id: int) -> tuple[int, int]:
    """Return up to where somebody has read the chat, and how many messages that leaves."""
    user = User.objects.get(pk=user_id)
    marks = Member.objects.filter(session_id=session_id, user=user).values_list("read_number", flat=True)
    return marks.first() or 0, selectors.unread_counts(user, [session_id]).get(session_id, 0)
