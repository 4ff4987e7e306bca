"""Edits on their way into a session's document, and changes on their way to its sockets.

Edits that come while others are being stored wait, and are then stored together: under load one transaction carries
many people's keystrokes. Everything that touches the document happens under one lock, on a thread.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import Error as DatabaseTrouble

from collab.guests import Guest
from collab.messages import DocSaved, DocUpdated, QueryUpdated
from collab.shared_document import Edit, Outcome, SharedDocument
from collab.updates import Damaged, Row
from realtime.pool import in_thread

if TYPE_CHECKING:
    from collab.room import Room

logger = logging.getLogger(__name__)

MAX_BATCH = 200
MAX_INLINE_BYTES = 65_536
"""A change up to this size travels with the hint to other processes; they read larger ones from the log."""
TEXT_SECONDS = 0.1
"""How often a plain client is sent the whole text at most."""


class Editing:
    """The document of one room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.document = SharedDocument(room.session_id, max_length=settings.PRESENCE_SESSION_TEXT_LENGTH)
        self.lock = asyncio.Lock()
        self._edits: deque[Edit] = deque()
        self._heard: deque[tuple[Row, dict[int, int]]] = deque()
        self._behind = False
        self._worker: asyncio.Task[None] | None = None
        self._text_timer: asyncio.TimerHandle | None = None
        self._text = QueryUpdated("", None, 0)

    async def open(self) -> None:
        """Load the document.

        Raises:
            DatabaseTrouble, Damaged: when that fails.
        """
        async with self.lock:
            await in_thread(self.document.open)

    async def catch_up(self) -> None:
        """Read what others have stored.

        Raises:
            DatabaseTrouble, Damaged: when that fails.
        """
        async with self.lock:
            self._tell(Outcome(await in_thread(self.document.catch_up)))

    async def close(self) -> None:
        """Finish what has begun, and note how the text reads."""
        if self._worker is not None:
            await asyncio.wait([self._worker])
        if self._text_timer is not None:
            self._text_timer.cancel()

    # --- in ---

    def submit(self, guest: Guest, message_id: str | None, *, update: bytes = b"", **edit: Any) -> None:
        """Take an edit. Its sender is told what became of it."""
        self._edits.append(Edit(guest.user_id, update, sender=(guest, message_id), **edit))
        self._work()

    def hear(self, row: Row, owners: dict[int, int]) -> None:
        """Take a change that another process has stored."""
        self._heard.append((row, owners))
        self._work()

    def look(self, head: int) -> None:
        """Read on, when there is more than is known here."""
        if head > self.document.seq:
            self._behind = True
            self._work()

    def _work(self) -> None:
        if self._worker is None:
            self._worker = self._room.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._edits or self._heard or self._behind:
                await self._turn()
        finally:
            self._worker = None

    async def _turn(self) -> None:
        heard, behind, self._behind = list(self._heard), self._behind, False
        self._heard.clear()
        edits = [self._edits.popleft() for _ in range(min(MAX_BATCH, len(self._edits)))]
        async with self.lock:
            try:
                outcome = await in_thread(self._in_thread, heard, behind, edits)
            except (DatabaseTrouble, Damaged) as trouble:
                logger.warning("A change of session %s could not be stored: %s", self._room.session_id, trouble)
                self._failed(edits)  # what others have stored is found at the next beat
                return
            except Exception:  # a bug of ours: whoever waits for an answer gets one, and the next edits have their turn
                logger.exception("A change of session %s failed", self._room.session_id)
                self._failed(edits)
                return
            self._tell(outcome)

    def _in_thread(self, heard: list[tuple[Row, dict[int, int]]], behind: bool, edits: list[Edit]) -> Outcome:
        rows: list[Row] = []
        for row, owners in heard:
            rows += self.document.hear(row, owners)
        if behind:
            rows += self.document.catch_up()
        outcome = self.document.write(edits) if edits else Outcome()
        outcome.rows[:0] = rows
        return outcome

    # --- out ---

    def _tell(self, outcome: Outcome) -> None:
        for row in outcome.rows:
            self._pass_on(row, outcome.own.get(row.seq))
        for edit, seq in outcome.saved:
            guest, message_id = edit.sender
            guest.peer.send("doc_saved", DocSaved(message_id, seq), id=message_id)
        for edit, refusal in outcome.refused:
            self._refuse(edit, refusal.code, refusal.message, refusal.details)
        if outcome.rows:
            self._plan_text()

    def _pass_on(self, row: Row, owners: dict[int, int] | None) -> None:
        authors = [str(author) for author in dict.fromkeys(row.authors)]
        payload = DocUpdated(b64encode(row.data).decode(), row.seq, authors)
        self._room.guests.tell("doc_update", payload, lambda guest: guest.speech != "plain")
        if owners is None:
            return
        hint: dict[str, Any] = {"kind": "document", "seq": row.seq}
        if len(row.data) <= MAX_INLINE_BYTES:
            hint |= {"data": row.data, "authors": list(row.authors), "owners": [list(pair) for pair in owners.items()]}
        self._room.send(hint)

    def _failed(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            self._refuse(edit, "INTERNAL_ERROR", "The edit could not be stored; send it again in a moment.", None)

    def _refuse(self, edit: Edit, code: str, text: str, details: dict[str, Any] | None) -> None:
        guest, message_id = edit.sender
        guest.peer.error(code, text, {**(details or {}), "replyTo": message_id}, id=message_id)
        if edit.text or edit.base is not None:
            guest.shown = None  # what it shows is not what is stored
            self._plan_text()

    # --- whole texts ---

    def _plan_text(self) -> None:
        """To be called under the lock: what is in memory then is stored."""
        if not any(guest.plain for guest in self._room.guests):
            return
        author = self.document.author
        self._text = QueryUpdated(self.document.text, None if author is None else str(author), self.document.seq)
        if self._text_timer is None:
            self._text_timer = asyncio.get_running_loop().call_later(TEXT_SECONDS, self._send_text)

    def _send_text(self) -> None:
        self._text_timer = None
        text = self._text.query
        self._room.guests.tell("query_updated", self._text, lambda guest: guest.plain and guest.shown != text)
        for guest in self._room.guests:
            if guest.plain:
                guest.shown = text
