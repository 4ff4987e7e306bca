"""Where a parameter stands in a statement of PostgreSQL, and where it does not."""

from __future__ import annotations

import pytest

from queries.sandbox.parameters import names_in, to_pyformat


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT :a, :b_2, :a", ["a", "b_2"]),
        ("SELECT x::int, now()::date", []),
        ("SELECT ':a', \":b\", E'\\':c'", []),
        ("SELECT 'it''s :a' || :b", ["b"]),
        ("SELECT 1 -- :a\n, :b /* :c */", ["b"]),
        ("SELECT $$ :a $$, $tag$ :b $$ :c $tag$, :d", ["d"]),
        ("SELECT a[1:2], :x::int", ["x"]),
        ("SELECT '12:30'::time", []),
    ],
)
def test_parameters_are_found_outside_of_strings_and_comments(query: str, names: list[str]) -> None:
    assert names_in(query) == names


def test_percent_signs_are_kept() -> None:
    assert to_pyformat("SELECT 5 % 2, ':a %', :a::text") == "SELECT 5 %% 2, ':a %%', %(a)s::text"
