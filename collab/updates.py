"""The document's log: every change is a row before anybody hears of it.

A row is taken into the log by raising ``Session.document_head`` from the number that the writer knows. When that
changes nothing, somebody else has written: the writer reads what it has missed and tries again. So the numbers have no
holes, a reader never has to wait for a lower one, and whoever writes has seen all that is before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from collab.clock import now_ms
from collab.models import DocumentSnapshot, DocumentUpdate, Replica, Session
from collab.words import storable

KEEP = 200
"""How many updates before the snapshot are kept, so that a process that is a little behind need not load it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change."""

    seq: int
    data: bytes
    authors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What brings a replica up to date: first the snapshot, if there is one, then the rows.

    ``seq`` is the number of the newest of them. ``owners`` says whose each writing replica is (0: the server's).
    """

    seq: int
    rows: tuple[Row, ...]
    owners: dict[int, int] = field(default_factory=dict)
    snapshot: bytes | None = None
    snapshot_seq: int = 0


class Behind(Exception):
    """There are changes that the writer has not seen."""


class Damaged(Exception):
    """The log has a hole, or the session is gone."""


def updates_append(*, session_id: UUID, known: int, data: bytes, authors: Iterable[int], owners: dict[int, int]) -> int:
    """Write the change that follows number ``known``; return its number. ``owners``: replicas not heard of before.

    Raises:
        Behind: when it does not follow it any more; nothing was written.
        Damaged: when the session is gone.
    """
    with transaction.atomic():
        mine = Session.objects.filter(pk=session_id, document_head=known)
        if not mine.update(document_head=known + 1, updated_at=now_ms()):
            if Session.objects.filter(pk=session_id).exists():
                raise Behind
            raise Damaged("the session is gone")
        DocumentUpdate.objects.create(session_id=session_id, seq=known + 1, data=data, authors=sorted(set(authors)))
        Replica.objects.bulk_create(
            [Replica(session_id=session_id, number=number, user_id=user or None) for number, user in owners.items()]
        )
    return known + 1


def updates_load(*, session_id: UUID, after: int = -1) -> Loaded:
    """Return what follows number ``after``; -1 loads everything.

    Raises:
        Damaged: when the log has a hole that does not go away.
    """
    for _ in range(5):  # a snapshot may be taken, and rows removed, between two reads
        loaded = _load(session_id, after)
        if loaded is not None:
            return loaded
    raise Damaged("the log has a hole")


def _load(session_id: UUID, after: int) -> Loaded | None:
    start, snapshot = max(after, 0), None
    rows = _rows(session_id, start)
    if after < 0 or (rows and rows[0].seq != start + 1):
        snapshot = DocumentSnapshot.objects.filter(session_id=session_id).first()
        if snapshot is not None:
            start = snapshot.seq
            rows = _rows(session_id, start)
    head = Session.objects.filter(pk=session_id).values_list("document_head", flat=True).first()
    if head is None:
        raise Damaged("the session is gone")
    last = rows[-1].seq if rows else start
    if last - start != len(rows) or (not rows and head > start):
        return None
    owners = dict(Replica.objects.filter(session_id=session_id).values_list("number", "user_id"))
    found = {number: user or 0 for number, user in owners.items()}
    data = bytes(snapshot.data) if snapshot is not None else None
    return Loaded(last, tuple(rows), found, data, snapshot.seq if snapshot is not None else 0)


def _rows(session_id: UUID, after: int) -> list[Row]:
    found = DocumentUpdate.objects.filter(session_id=session_id, seq__gt=after).order_by("seq")
    return [Row(seq, bytes(data), tuple(authors)) for seq, data, authors in found.values_list("seq", "data", "authors")]


def snapshot_store(*, session_id: UUID, seq: int, data: bytes) -> None:
    """Keep the whole document as of ``seq``, and remove the updates that nobody needs any more."""
    with transaction.atomic():
        newer = DocumentSnapshot.objects.filter(session_id=session_id, seq__gte=seq)
        if newer.exists():
            return
        DocumentSnapshot.objects.update_or_create(session_id=session_id, defaults={"seq": seq, "data": data})
        DocumentUpdate.objects.filter(session_id=session_id, seq__lte=seq - KEEP).delete()


def text_store(*, session_id: UUID, text: str, author: int | None) -> None:
    """Note how the document reads, for lists and searching."""
    Session.objects.filter(pk=session_id).update(text=storable(text), text_author_id=author)
