"""A whole text from a plain client, turned into the smallest edit of the shared one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``remove`` characters at ``start`` by ``insert``. Counts code points."""

    start: int
    remove: int
    insert: str

    @property
    def end(self) -> int:
        """Where what is removed ends."""
        return self.start + self.remove

    @property
    def growth(self) -> int:
        """By how much the text gets longer."""
        return len(self.insert) - self.remove

    def __bool__(self) -> bool:
        return bool(self.remove or self.insert)

    def apply(self, text: str) -> str:
        """Return the text with this edit made."""
        return text[: self.start] + self.insert + text[self.end :]


def smallest_edit(before: str, after: str) -> Edit:
    """Return the one edit that makes ``after`` of ``before``: what lies between the ends that they share."""
    start = _shared_prefix(before, after)
    tail = _shared_prefix(before[start:][::-1], after[start:][::-1])
    return Edit(start, len(before) - start - tail, after[start : len(after) - tail])


def rebase(edit: Edit, other: Edit) -> list[Edit]:
    """Return ``edit``, made to a text on which ``other`` was not made yet, as it is to be made after ``other``.

    What both remove is gone already, what either inserts stays; where both insert at one place, the other's comes
    first. The result is to be applied in its order, the last place of the text first.
    """
    behind = Edit(max(edit.start, other.end) + other.growth, max(0, edit.end - max(edit.start, other.end)), "")
    before = Edit(edit.start, max(0, min(edit.end, other.start) - edit.start), edit.insert)
    if edit.start < other.start:
        return [one for one in (behind, before) if one]
    if edit.start >= other.end:
        return [one for one in (Edit(behind.start, behind.remove, edit.insert),) if one]
    inside = Edit(other.start + len(other.insert), 0, edit.insert)
    return [one for one in (behind, inside) if one]


def _shared_prefix(one: str, two: str) -> int:
    limit = min(len(one), len(two))
    if one[:limit] == two[:limit]:
        return limit
    low, high = 0, limit  # the first low characters are equal, the first high are not
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle
    return low
