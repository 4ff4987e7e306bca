"""The shared document in memory: one replica of it, and what may become of it. Pure: no database, no sockets.

The engine is pycrdt (the Rust port of Yjs). Positions of its texts count UTF-8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycrdt import Assoc, Doc, StickyIndex, Text, TransactionEvent, merge_updates

from collab.lib0 import Malformed
from collab.textedit import Edit, rebase, smallest_edit
from collab.update import ROOT, Contents, read_state_vector, read_update, utf16_length, written_before

NOTHING = b"\x00\x00"
"""The update that changes nothing."""

__all__ = ["NOTHING", "Document", "InvalidUpdate", "OutOfSync", "TooLarge", "initial_update", "merge_updates"]


class InvalidUpdate(Exception):
    """These bytes are no update of this document."""


class OutOfSync(Exception):
    """The update hangs on others that the document has not seen."""


class TooLarge(Exception):
    """The text would become longer than allowed."""


class Document:
    """One replica. Every change returns the update that carries it, in the engine's own words.

    ``max_length`` limits the text, in UTF-16 units.
    """

    def __init__(self, *, max_length: int) -> None:
        self.max_length = max_length
        self._start()

    def _start(self) -> None:
        self._doc: Doc[Text] = Doc(allow_multithreading=True)
        self._text: Text = self._doc.get(ROOT, type=Text)
        self._changes: list[bytes] = []
        self._vector: dict[int, int] | None = None
        self._doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        self._changes.append(event.update)
        self._vector = None

    # --- what it is ---

    @property
    def text(self) -> str:
        """The text as it reads now."""
        return str(self._text)

    @property
    def replica(self) -> int:
        """The number under which this replica itself writes."""
        return self._doc.client_id

    def state(self) -> bytes:
        """Return the whole document as one update."""
        return self._doc.get_update()

    def state_vector(self) -> dict[int, int]:
        """Return how much of each replica is here. Kept until something changes: it is asked for with every edit."""
        if self._vector is None:
            self._vector = read_state_vector(self._doc.get_state())
        return self._vector

    # --- places in it ---
    #
    # The engine's own relative positions count bytes where Yjs counts units: they are good while the text is ASCII.
    # Else a draft of the document is asked where something would be written.

    def place_of(self, position: dict[str, Any]) -> int | None:
        """Return where a relative position of Yjs is now, in UTF-16 units; None where it is in no text that is here."""
        item = position.get("item")
        if item is None:
            at_start = position.get("assoc") == Assoc.BEFORE
            return (0 if at_start else utf16_length(self.text)) if position.get("tname") == ROOT else None
        if not self._has(item):
            return None
        client, clock = item["client"], item["clock"]
        try:
            return self._index_of(client, clock) if self.text.isascii() else self._draft_index_of(client, clock)
        except BaseException as error:  # a panic of the engine is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            return None

    def _has(self, item: Any) -> bool:
        """Whether an item is in the document: the engine panics when it is asked for another one."""
        if not isinstance(item, dict):
            return False
        client, clock = item.get("client"), item.get("clock")
        return type(client) is int and type(clock) is int and 0 <= clock < self.state_vector().get(client, 0)

    def _index_of(self, client: int, clock: int) -> int:
        position = {"item": {"client": client, "clock": clock}, "assoc": int(Assoc.AFTER)}
        return StickyIndex.from_json(position, self._text).get_index()

    def _draft_index_of(self, client: int, clock: int) -> int:
        mark = next(
            chr(code) for code in range(0xE000, 0xF900) if chr(code) not in self.text
        )  # of no meaning to anybody
        draft = self._draft()
        draft._doc.apply_update(written_before(client, clock, mark))
        return utf16_length(draft.text[: draft.text.index(mark)])

    def position_at(self, offset: int) -> dict[str, Any]:
        """Return the relative position of an offset, in UTF-16 units; beyond the end it is the end."""
        before = self.text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le", errors="ignore")
        index = len(before.encode())
        if index >= len(self._text):
            return {"type": None, "tname": ROOT, "item": None, "assoc": int(Assoc.AFTER)}
        item = self._item_at(index) if self.text.isascii() else self._draft_item_at(index)
        return {"type": None, "tname": None, "item": item, "assoc": int(Assoc.AFTER)}

    def _item_at(self, index: int) -> dict[str, int]:
        item: dict[str, int] = self._text.sticky_index(index, Assoc.AFTER).to_json()["item"]
        return item

    def _draft_item_at(self, index: int) -> dict[str, int]:
        draft = self._draft()
        draft._text.insert(index, ".")
        client, clock = read_update(draft._taken()).references[-1]  # what it would be written before
        return {"client": client, "clock": clock}

    def _draft(self) -> Document:
        draft = Document(max_length=self.max_length)
        draft.load([self.state()])
        return draft

    # --- changes ---

    def load(self, updates: Iterable[bytes]) -> None:
        """Apply updates that are stored, which were checked when they came."""
        with self._doc.transaction():
            for update in updates:
                self._doc.apply_update(update)
        self._changes.clear()

    def read(self, update: bytes) -> Contents:
        """Return what an update brings, without applying it.

        Raises:
            InvalidUpdate: when it is none of this document.
            OutOfSync: when something is missing before it.
            TooLarge: when the text would become too long.
        """
        try:
            contents = read_update(update)
        except Malformed as problem:
            raise InvalidUpdate(str(problem)) from None
        if not contents.fits(self.state_vector()):
            raise OutOfSync
        if contents.inserted:
            self._check_length(contents.inserted, contents.deleted)
        return contents

    def _check_length(self, inserted: int, deleted: int) -> None:
        # What is said to be deleted may be gone already, so the limit that no update passes is twice as high.
        if len(self._text) + inserted <= self.max_length:  # in bytes, so it is never less than in UTF-16 units
            return
        length = utf16_length(self.text) + inserted
        if length - deleted > self.max_length or length > 2 * self.max_length:
            raise TooLarge

    def apply(self, update: bytes, contents: Contents) -> bytes:
        """Apply an update that was read, and return what it changed (``NOTHING`` when all of it was known).

        Raises:
            InvalidUpdate: when the engine refuses it. The document is the same as before only if it is loaded anew.
        """
        expected = contents.after(self.state_vector())
        try:
            self._doc.apply_update(update)
        except BaseException as error:  # a panic of the engine is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise InvalidUpdate(str(error)) from None
        if self.state_vector() != expected:  # items that wait for each other in a circle
            raise InvalidUpdate("it never finds its place")
        return self._taken()

    def replace(self, *, base: str, text: str) -> bytes:
        """Make of the document what somebody did who made ``text`` of ``base``, and return the update.

        Raises:
            TooLarge: when the text would become too long.
        """
        current = self.text
        wanted = smallest_edit(base, text)
        edits = [wanted] if base == current else rebase(wanted, smallest_edit(base, current))
        inserted = sum(utf16_length(edit.insert) for edit in edits)
        removed = sum(edit.remove for edit in edits)
        if inserted and utf16_length(current) + inserted - removed > self.max_length:
            raise TooLarge
        with self._doc.transaction():
            for edit in edits:
                current = self._make(edit, current)
        return self._taken()

    def _make(self, edit: Edit, current: str) -> str:
        start = len(current[: edit.start].encode())
        if edit.remove:
            end = start + len(current[edit.start : edit.end].encode())
            del self._text[start:end]
        if edit.insert:
            self._text.insert(start, edit.insert)
        return edit.apply(current)

    def _taken(self) -> bytes:
        changes, self._changes = self._changes, []
        changes = [change for change in changes if change != NOTHING]
        return merge_updates(*changes) if len(changes) > 1 else changes[0] if changes else NOTHING


def initial_update(text: str) -> bytes:
    """Return the first update of a document that begins with ``text``."""
    document = Document(max_length=2 * len(text) + 1)
    return document.replace(base="", text=text)
