"""Whole texts as the smallest edit, carried over to a text that has changed meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collab.textedit import Edit, rebase, smallest_edit

TEXTS = st.text(alphabet="ab中😀\n", max_size=12)


@given(TEXTS, TEXTS)
def test_the_edit_makes_the_one_text_of_the_other(before: str, after: str) -> None:
    edit = smallest_edit(before, after)
    assert edit.apply(before) == after
    assert bool(edit) == (before != after)


@given(TEXTS, TEXTS, TEXTS)
def test_after_a_rebase_both_insertions_are_there(base: str, ours: str, theirs: str) -> None:
    edit, other = smallest_edit(base, ours), smallest_edit(base, theirs)
    text = other.apply(base)
    for one in rebase(edit, other):
        assert 0 <= one.start <= one.end <= len(text)
        text = one.apply(text)
    assert edit.insert in text and other.insert in text
    assert len(text) >= len(edit.insert) + len(other.insert)


def merged(base: str, ours: str, theirs: str) -> str:
    other = smallest_edit(base, theirs)
    text = other.apply(base)
    for one in rebase(smallest_edit(base, ours), other):
        text = one.apply(text)
    return text


def test_edits_in_different_places_are_both_made() -> None:
    assert merged("select a from t", "select b from t", "select a from t where x") == "select b from t where x"
    assert merged("select a from t", "select a from u", "-- x\nselect a from t") == "-- x\nselect a from u"


def test_what_somebody_wrote_inside_of_what_is_removed_stays() -> None:
    assert merged("abcdef", "af", "abcXdef") == "aXf"
    assert merged("abcdef", "aZf", "abcXdef") == "aZXf"


def test_what_both_remove_is_removed_once() -> None:
    assert merged("abcdef", "af", "abf") == "af"
    assert merged("abcdef", "", "abcdefg") == "g"


def test_an_edit_that_changes_nothing_is_none() -> None:
    assert rebase(smallest_edit("a", "a"), Edit(0, 1, "b")) == []
