"""A browser's replica of a shared document."""

from __future__ import annotations

import random

from pycrdt import Doc, Text, TransactionEvent


class Replica:
    """Edits its text and returns the update that a browser would send. Positions count characters."""

    def __init__(self) -> None:
        self._doc: Doc[Text] = Doc()
        self._text = self._doc.get("query", type=Text)
        self._changes: list[bytes] = []
        self._doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        self._changes.append(event.update)

    @property
    def text(self) -> str:
        """The text."""
        return str(self._text)

    @property
    def number(self) -> int:
        """The number under which it writes."""
        return self._doc.client_id

    def insert(self, position: int, text: str) -> bytes:
        """Insert text and return the update."""
        self._text.insert(self._bytes(position), text)
        return self._changes.pop()

    def delete(self, position: int, length: int) -> bytes:
        """Delete text and return the update."""
        start, end = self._bytes(position), self._bytes(position + length)
        del self._text[start:end]
        return self._changes.pop()

    def edit(self, source: random.Random) -> bytes:
        """Make some edit."""
        length = len(self.text)
        if length > 3 and source.random() < 0.3:
            start = source.randrange(length - 1)
            return self.delete(start, source.randint(1, min(3, length - start)))
        return self.insert(source.randint(0, length), source.choice(["select ", "中", "😀", "x", "\n", "from hosts"]))

    def take(self, update: bytes) -> None:
        """Apply what others did."""
        self._doc.apply_update(update)
        self._changes.clear()

    def state(self) -> bytes:
        """Return everything as one update."""
        return self._doc.get_update()

    def vector(self) -> bytes:
        """Return the state vector."""
        return self._doc.get_state()

    def missing_in(self, vector: bytes) -> bytes:
        """Return what a replica with that state vector lacks."""
        return self._doc.get_update(vector)

    def _bytes(self, position: int) -> int:
        return len(self.text[:position].encode())
