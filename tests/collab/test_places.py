"""Places in the document, as offsets and as relative positions of Yjs. Pure."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.document import Document
from collab.pointing import selection_of
from tests.support.documents import Replica

TEXT = "-- 😀 é\nselect 1"


def written(text: str = TEXT) -> Document:
    document = Document(max_length=1_000)
    document.replace(base="", text=text)
    return document


@given(st.integers(0, 20))
def test_an_offset_comes_back_from_its_position(offset: int) -> None:
    document, length = written(), len(TEXT.encode("utf-16-le")) // 2
    inside_a_letter = offset == 4  # between the two units of the smiley
    assert document.place_of(document.position_at(offset)) == (3 if inside_a_letter else min(offset, length))


@given(st.randoms(use_true_random=False))
def test_positions_hold_in_a_text_that_several_have_written(source: random.Random) -> None:
    document, people = written(), [Replica(), Replica()]
    for _ in range(12):
        person = source.choice(people)
        person.take(document.state())
        update = person.edit(source)
        document.apply(update, document.read(update))
    units = document.text.encode("utf-16-le")
    for offset in range(len(units) // 2 + 1):
        halved = len(units[: 2 * offset].decode("utf-16-le", errors="ignore").encode("utf-16-le")) // 2
        assert document.place_of(document.position_at(offset)) == halved


def test_a_position_stays_where_it_is_while_others_write() -> None:
    document = written("select 1")
    position = document.position_at(7)
    document.replace(base="select 1", text="-- 😀\nselect 1")
    assert document.place_of(position) == 7 + len("-- 😀\n".encode("utf-16-le")) // 2
    document.replace(base=document.text, text="")
    assert document.place_of(position) == 0


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"tname": "another"},
        {"item": {"client": 7, "clock": 0}},
        {"item": {"client": -1, "clock": 2**64}},
        {"item": {"client": "x", "clock": None}},
        {"item": [], "tname": "query"},
    ],
)
def test_what_is_no_place_here_is_none_and_breaks_nothing(position: dict[str, Any]) -> None:
    document = written()
    assert document.place_of(position) is None
    assert document.place_of({**document.position_at(3), "assoc": "?"}) == 3
    assert document.text == TEXT


def test_an_item_that_is_yet_to_come_is_no_place() -> None:
    document = written()
    item = {"client": document.replica, "clock": len(TEXT.encode("utf-16-le")) // 2}
    assert document.place_of({"item": item}) is None


@pytest.mark.parametrize(
    ("cursor", "selection"),
    [
        (3, (3, 3)),
        ({"anchor": 3}, (3, 3)),
        ({"anchor": 3, "head": 9, "colour": "red"}, (3, 9)),
        ({"line": 2}, None),
        ({"anchor": True}, None),
        ({"anchor": -1}, None),
        ({"anchor": 2**60}, None),
        (None, None),
        ([1, 2], None),
    ],
)
def test_a_cursor_of_a_plain_client_is_an_offset_or_its_own_affair(cursor: Any, selection: Any) -> None:
    assert selection_of(cursor) == selection
