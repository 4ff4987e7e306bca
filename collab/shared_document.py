"""A session's document in one process: the replica in memory and the log in the database, kept the same.

Everything here may wait for the database, so it runs on a thread, one call at a time (``room.py`` sees to that).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from collab import document, updates
from collab.document import NOTHING, Document
from collab.errors import Refused
from collab.update import read_update
from collab.updates import Behind, Loaded, Row

SNAPSHOT_EVERY = 200
"""Updates after which the whole document is kept anew: loading it then takes few rows."""
MAX_ATTEMPTS = 50
MAY_BE_BEHIND = ("FORGED_AUTHOR", "DOC_OUT_OF_SYNC")
"""Refusals that are only final once it is sure that nothing is stored that is not known here."""
MAX_REPLICAS = 20_000
"""Tabs that have ever written in one session: each makes every look at what is known a little longer."""
MAX_TEXTS = 30
"""How many past texts are remembered for plain clients that say which one they have changed."""


@dataclass(frozen=True, eq=False)
class Edit:
    """Something that a client did: a Yjs ``update``, or a whole ``text`` made of ``base`` by a plain client."""

    user_id: int
    update: bytes = b""
    text: str = ""
    base: str | None = None
    base_seq: int | None = None
    sender: Any = None


@dataclass
class Outcome:
    """What became of some edits. ``rows`` are all changes of the document, others' too, to be passed on in order."""

    rows: list[Row] = field(default_factory=list)
    saved: list[tuple[Edit, int]] = field(default_factory=list)
    refused: list[tuple[Edit, Refused]] = field(default_factory=list)
    own: dict[int, dict[int, int]] = field(default_factory=dict)
    """Numbers of the rows that were written here, and the replicas that have written for the first time in them."""


@dataclass
class _Batch:
    deltas: list[bytes] = field(default_factory=list)
    authors: list[int] = field(default_factory=list)
    owners: dict[int, int] = field(default_factory=dict)
    done: list[Edit] = field(default_factory=list)
    replicas: set[int] = field(default_factory=set)


class SharedDocument:
    """Reads and writes one session's document."""

    def __init__(self, session_id: UUID, *, max_length: int) -> None:
        self.session_id = session_id
        self.max_length = max_length
        self.seq = -1
        self.author: int | None = None
        self.remember = False
        """Whether past texts are kept, for plain clients."""
        self._document = Document(max_length=max_length)
        self._owners: dict[int, int] = {}
        self._snapshot_seq = 0
        self._loaded = False
        self._texts: dict[int, str] = {}
        self._state: tuple[int, bytes] = (-1, b"")

    # --- what it is ---

    @property
    def text(self) -> str:
        """The text as stored."""
        return self._document.text

    def state(self) -> bytes:
        """Return the whole document as one update."""
        if self._state[0] != self.seq:
            self._state = (self.seq, self._document.state())
        return self._state[1]

    def owner_of(self, replica: int) -> int | None:
        """Return whose a replica is: a user's id, 0 for the server, None while it has not written."""
        return self._owners.get(replica)

    def place_of(self, position: dict[str, Any]) -> int | None:
        """Return where a relative position is now, in UTF-16 units; None where it is in no text that is here."""
        return self._document.place_of(position)

    def position_at(self, offset: int) -> dict[str, Any]:
        """Return the relative position of an offset, in UTF-16 units."""
        return self._document.position_at(offset)

    # --- from the log ---

    def open(self) -> list[Row]:
        """Load what is stored, and return what the replica in memory has missed, were it there before.

        Raises:
            updates.Damaged: when the log has a hole.
        """
        if self._loaded:
            return []
        before = self.seq
        loaded = updates.updates_load(session_id=self.session_id)
        self._document = Document(max_length=self.max_length)
        self._owners = loaded.owners
        self._snapshot_seq = loaded.snapshot_seq
        parts = [loaded.snapshot] if loaded.snapshot is not None else []
        self._document.load([*parts, *(row.data for row in loaded.rows)])
        self._advance(loaded.seq, loaded.rows)
        self._loaded = True
        return [Row(self.seq, self.state(), ())] if 0 <= before < self.seq else []

    def catch_up(self) -> list[Row]:
        """Apply what others have stored meanwhile, and return it."""
        if not self._loaded:
            return self.open()
        return self._take(updates.updates_load(session_id=self.session_id, after=self.seq))

    def hear(self, row: Row, owners: dict[int, int]) -> list[Row]:
        """Take a change that another process says it has stored; return what was applied."""
        if not self._loaded or row.seq != self.seq + 1:
            return self.catch_up() if row.seq > self.seq else []
        self._owners.update(owners)
        self._document.load([row.data])
        self._advance(row.seq, [row])
        return [row]

    def _take(self, loaded: Loaded) -> list[Row]:
        if loaded.seq <= self.seq:
            return []
        rows = list(loaded.rows)
        if loaded.snapshot is not None:
            rows.insert(0, Row(loaded.snapshot_seq, loaded.snapshot, ()))
        self._owners = loaded.owners
        self._document.load(row.data for row in rows)
        self._advance(loaded.seq, loaded.rows)
        return rows

    def _advance(self, seq: int, rows: Iterable[Row]) -> None:
        self.seq = seq
        for row in rows:
            if row.authors:
                self.author = row.authors[-1]
        if self.remember:
            self._texts[seq] = self.text
            while len(self._texts) > MAX_TEXTS:
                del self._texts[next(iter(self._texts))]

    # --- into the log ---

    def write(self, edits: Sequence[Edit]) -> Outcome:
        """Store edits as one change, and tell what became of each.

        Raises:
            django.db.Error: when the database fails; nothing counts as saved then, and the replica is loaded anew.
        """
        outcome = Outcome()
        try:
            self._write(list(edits), outcome)
            again = [edit for edit, refusal in outcome.refused if refusal.code in MAY_BE_BEHIND]
            if again:
                # Somebody who was on another process before may know more than this one.
                outcome.refused = [one for one in outcome.refused if one[0] not in again]
                outcome.rows += self.catch_up()
                self._write(again, outcome)
        except BaseException:
            self._loaded = False
            raise
        return outcome

    def _write(self, edits: list[Edit], outcome: Outcome) -> None:
        for _ in range(MAX_ATTEMPTS):
            outcome.rows += self.open()
            batch = _Batch()
            bad = self._apply(edits, batch, outcome)
            if bad is not None:  # the replica has swallowed something that it should not have
                edits.remove(bad)
                self._loaded = False
                continue
            if not batch.deltas:
                outcome.saved += [(edit, self.seq) for edit in batch.done]
                return
            if self._append(batch, outcome):
                return
            edits = batch.done
        raise updates.Damaged("no turn to write")

    def _apply(self, edits: list[Edit], batch: _Batch, outcome: Outcome) -> Edit | None:
        """Apply edits to the replica. Those that can't be are refused; returns the one that broke it, if any."""
        for edit in list(edits):
            try:
                delta = self._apply_one(edit, batch)
            except document.InvalidUpdate as problem:
                outcome.refused.append((edit, _invalid(problem)))
                return edit
            except Refused as refusal:
                outcome.refused.append((edit, refusal))
                edits.remove(edit)
                continue
            batch.done.append(edit)
            if delta != NOTHING:
                batch.deltas.append(delta)
                batch.authors.append(edit.user_id)
        return None

    def _apply_one(self, edit: Edit, batch: _Batch) -> bytes:
        try:
            if not edit.update:
                return self._apply_text(edit, batch)
            contents = self._document.read(edit.update)
        except document.OutOfSync:
            raise Refused("DOC_OUT_OF_SYNC") from None
        except document.TooLarge:
            raise Refused("DOCUMENT_TOO_LARGE", details={"limit": self.max_length}) from None
        except document.InvalidUpdate as problem:  # seen before it came near the replica
            raise _invalid(problem) from None
        news = contents.news(self._document.state_vector())
        for replica in news:
            self._claim(replica, edit.user_id, batch)
        batch.replicas.update(news)
        return self._document.apply(edit.update, contents)

    def _apply_text(self, edit: Edit, batch: _Batch) -> bytes:
        base = self._texts.get(edit.base_seq, edit.base) if edit.base_seq is not None else edit.base
        delta = self._document.replace(base=self.text if base is None else base, text=edit.text)
        if delta != NOTHING:
            self._claim(self._document.replica, 0, batch)
        return delta

    def _claim(self, replica: int, user_id: int, batch: _Batch) -> None:
        owner = self._owners.get(replica, batch.owners.get(replica))
        if owner is None:
            if len(self._owners) + len(batch.owners) >= MAX_REPLICAS:
                raise Refused("INVALID_UPDATE", details={"reason": "too many replicas have written here"})
            batch.owners[replica] = user_id
        elif owner != user_id:
            raise Refused("FORGED_AUTHOR")

    def _append(self, batch: _Batch, outcome: Outcome) -> bool:
        """Store what was applied; False when the replica was loaded anew and all of it is to be done again."""
        data = document.merge_updates(*batch.deltas) if len(batch.deltas) > 1 else batch.deltas[0]
        for _ in range(MAX_ATTEMPTS):
            try:
                seq = updates.updates_append(
                    session_id=self.session_id,
                    known=self.seq,
                    data=data,
                    authors=batch.authors,
                    owners=batch.owners,
                )
            except Behind:
                loaded = updates.updates_load(session_id=self.session_id, after=self.seq)
                if self._collides(loaded, batch):
                    self._loaded = False
                    return False
                outcome.rows += self._take(loaded)
                continue
            self._owners.update(batch.owners)
            row = Row(seq, data, tuple(batch.authors))
            self._advance(seq, [row])
            outcome.rows.append(row)
            outcome.saved += [(edit, seq) for edit in batch.done]
            outcome.own[seq] = batch.owners
            self._compact()
            return True
        raise updates.Damaged("no turn to write")

    def _collides(self, loaded: Loaded, batch: _Batch) -> bool:
        """Tell whether a replica that writes here has been written under elsewhere meanwhile.

        One replica's items are the same wherever they come from, unless somebody forges them. Then the first that is
        stored counts, for everybody: what was applied here before it has to go.
        """
        if any(loaded.owners.get(replica, user) != user for replica, user in batch.owners.items()):
            return True
        return any(read_update(row.data).ranges.keys() & batch.replicas for row in loaded.rows)

    def _compact(self) -> None:
        if self.seq - self._snapshot_seq >= SNAPSHOT_EVERY:
            updates.snapshot_store(session_id=self.session_id, seq=self.seq, data=self.state())
            self._snapshot_seq = self.seq


def _invalid(problem: Exception) -> Refused:
    return Refused("INVALID_UPDATE", details={"reason": str(problem)[:200]})
