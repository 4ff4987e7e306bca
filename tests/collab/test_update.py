"""What an update contains, read before it comes near the document."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from collab.lib0 import Malformed
from collab.update import read_state_vector, read_update, utf16_length
from tests.support.documents import Replica
from tests.support.examples import examples


def test_typed_text_is_read_with_its_replica_and_length() -> None:
    replica = Replica()
    contents = read_update(replica.insert(0, "select 😀"))
    assert contents.ranges == {replica.number: (0, 9)}
    assert (contents.inserted, contents.deleted) == (9, 0)


def test_a_deletion_names_what_it_deletes() -> None:
    replica = Replica()
    replica.insert(0, "select 1")
    contents = read_update(replica.delete(2, 3))
    assert (contents.deleted, contents.deletions) == (3, [(replica.number, 5)])


def test_what_comes_before_has_to_be_known() -> None:
    replica = Replica()
    first, second = replica.insert(0, "a"), replica.insert(1, "b")
    known = read_update(first).after({})
    assert not read_update(second).fits({}) and read_update(second).fits(known)
    assert not read_update(replica.delete(0, 1)).fits({replica.number: 0})


def test_what_is_known_already_is_no_news() -> None:
    replica = Replica()
    contents = read_update(replica.insert(0, "abc"))
    assert contents.news({}) == [replica.number] and contents.news({replica.number: 3}) == []


def test_every_update_of_the_engine_is_read() -> None:
    one, two = Replica(), Replica()
    for replica in (one, two, one):
        replica.insert(0, "select 中 😀 ")
        replica.delete(1, 2)
        one.take(two.state())
        two.take(one.state())
    contents = read_update(one.state())
    assert contents.after({}) == read_state_vector(one.vector())


def other_root() -> bytes:
    doc: Doc[Text] = Doc({"other": Text("x")})
    return doc.get_update()


def a_map() -> bytes:
    return Doc({"query": Map({"a": 1})}).get_update()


def a_list() -> bytes:
    return Doc({"query": Array(["a"])}).get_update()


def formatted() -> bytes:
    doc: Doc[Text] = Doc()
    text = doc.get("query", type=Text)
    text.insert(0, "bold", {"b": True})
    return doc.get_update()


@pytest.mark.parametrize("make", [other_root, a_map, a_list, formatted])
def test_anything_but_plain_text_in_the_one_root_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(Malformed):
        read_update(make())


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 30, b"\x01\x00\x05\x00\x00", b"\x00\x00\x00", bytes(range(60))]
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_update(data)


@given(st.binary(max_size=80))
@settings(max_examples=examples(200))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_update(data)


@given(st.text(max_size=20))
def test_lengths_are_those_of_javascript(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)
