"""What an update of the shared document contains, read before it is let near the document.

An update (Yjs's encoding, version 1) is a list of items per writing replica and the ranges that it deletes. The engine
itself takes anything that decodes: other roots, types of any kind, items that hang on others which never come; and it
keeps them. So the server reads each update first and lets in only plain text in the one root that sessions have.

The layout is that of ``encodeStateAsUpdate`` in Yjs 13 (``src/utils/encoding.js``, ``src/structs/Item.js``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collab.lib0 import MAX_SAFE, Decoder, Malformed, text, uint

ROOT = "query"
"""The name of the one text in the document."""

StateVector = Mapping[int, int]
"""How many units of each replica are known: replica -> the clock that its next item will have."""

MAX_ITEMS = 200_000
_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10
_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_PARENT_KEY, _CONTENT = 0x80, 0x40, 0x20, 0x1F


@dataclass(slots=True)
class Contents:
    """What was read of one update. Clocks and lengths count UTF-16 units, as Yjs does."""

    ranges: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Replica -> first clock and the clock after its last item."""
    references: list[tuple[int, int]] = field(default_factory=list)
    """(replica, clock) of items that must be there for these to find their place."""
    inserted: int = 0
    deleted: int = 0
    deletions: list[tuple[int, int]] = field(default_factory=list)
    """(replica, the clock after the last unit that is deleted)."""

    def news(self, known: StateVector) -> list[int]:
        """Return the replicas of which this brings items that are not ``known`` yet."""
        return [replica for replica, (_, end) in self.ranges.items() if end > known.get(replica, 0)]

    def after(self, known: StateVector) -> dict[int, int]:
        """Return the state vector once this is applied."""
        merged = dict(known)
        for replica, (_, end) in self.ranges.items():
            merged[replica] = max(end, merged.get(replica, 0))
        return merged

    def fits(self, known: StateVector) -> bool:
        """Tell whether everything this hangs on is known, so that nothing of it would be left waiting."""
        if any(start > known.get(replica, 0) for replica, (start, _) in self.ranges.items()):
            return False
        after = self.after(known)
        return all(clock < after.get(replica, 0) for replica, clock in self.references) and all(
            end <= after.get(replica, 0) for replica, end in self.deletions
        )


def read_update(data: bytes) -> Contents:
    """Return what is in an update.

    Raises:
        Malformed: when it is no update, or has anything in it that is no text in the root ``query``.
    """
    decoder = Decoder(data)
    found = Contents()
    for _ in range(_count(decoder)):
        _read_writer(decoder, found)
    for _ in range(_count(decoder)):
        _read_deletions(decoder, found)
    if not decoder.done:
        raise Malformed("something follows its end")
    return found


def written_before(replica: int, clock: int, said: str) -> bytes:
    """Return the update of a replica that nobody has, which writes ``said`` right before an item.

    Of those who write at one place the replica with the highest number comes last, so nothing gets in between.
    """
    item = bytes([_HAS_RIGHT_ORIGIN | _STRING]) + uint(replica) + uint(clock) + text(said)
    return uint(1) + uint(1) + uint(MAX_SAFE) + uint(0) + item + uint(0)


def read_state_vector(data: bytes) -> dict[int, int]:
    """Return a state vector from its encoding.

    Raises:
        Malformed: when it is none.
    """
    decoder = Decoder(data)
    return {decoder.uint(): decoder.uint() for _ in range(_count(decoder))}


def _count(decoder: Decoder) -> int:
    count = decoder.uint()
    if count > MAX_ITEMS:
        raise Malformed("too many items")
    return count


def _read_writer(decoder: Decoder, found: Contents) -> None:
    count = _count(decoder)
    replica, start = decoder.uint(), decoder.uint()
    if replica in found.ranges or not count:
        raise Malformed("a writer comes twice, or without items")
    end = start
    for _ in range(count):
        end += _read_item(decoder, found)
    found.ranges[replica] = (start, end)


def _read_item(decoder: Decoder, found: Contents) -> int:
    """Read one item and return its length."""
    info = decoder.byte()
    content = info & _CONTENT
    if info == _GC:
        return _length(decoder)
    if content == _SKIP:
        raise Malformed("it has a hole")
    if info & _HAS_ORIGIN:
        found.references.append((decoder.uint(), decoder.uint()))
    if info & _HAS_RIGHT_ORIGIN:
        found.references.append((decoder.uint(), decoder.uint()))
    if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN) and (decoder.uint() != 1 or decoder.text() != ROOT):
        raise Malformed(f"it writes elsewhere than into {ROOT!r}")
    if info & _HAS_PARENT_KEY:
        raise Malformed("it writes into a map")
    if content == _DELETED:
        return _length(decoder)
    if content != _STRING:
        raise Malformed("it holds something else than text")
    length = utf16_length(decoder.text())
    if not length:
        raise Malformed("an empty text")
    found.inserted += length
    return length


def _length(decoder: Decoder) -> int:
    length = decoder.uint()
    if not 0 < length < 2**31:
        raise Malformed("an item without length")
    return length


def _read_deletions(decoder: Decoder, found: Contents) -> None:
    replica = decoder.uint()
    for _ in range(_count(decoder)):
        start, length = decoder.uint(), decoder.uint()
        found.deleted += length
        found.deletions.append((replica, start + length))


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 units, as JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
