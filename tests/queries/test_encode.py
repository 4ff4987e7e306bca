"""Rows into JSON and back without losing a bit."""

from __future__ import annotations

import base64
import math
from decimal import Decimal
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from queries.sandbox.encode import InvalidText, encode_rows, text
from queries.sandbox.frames import Kind, Splitter, frame
from queries.viewer import as_objects, unique

CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()


def decode(cell: Any) -> Any:
    """Return what a cell stands for."""
    if not isinstance(cell, dict):
        return cell
    ((tag, value),) = cell.items()
    if tag == "i":
        return int(value)
    return float(value) if tag == "f" else base64.b64decode(value)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_every_cell_comes_back_exactly(rows: list[list[Any]]) -> None:
    decoded = [[decode(cell) for cell in row] for row in orjson.loads(b"[" + encode_rows(rows) + b"]")]
    assert decoded == rows
    assert [[type(cell) for cell in row] for row in decoded] == [[type(cell) for cell in row] for row in rows]


def test_what_json_has_no_word_for_is_tagged() -> None:
    row = [2**53, -(2**53), 2**53 - 1, math.inf, math.nan, Decimal("1.10"), InvalidText(b"\xff"), None, True]
    assert orjson.loads(encode_rows([row])) == [
        {"i": "9007199254740992"},
        {"i": "-9007199254740992"},
        9007199254740991,
        {"f": "Infinity"},
        {"f": "NaN"},
        {"n": "1.10"},
        {"x": "/w=="},
        None,
        True,
    ]


def test_text_that_is_no_utf_8_is_kept() -> None:
    assert text("中".encode()) == "中"
    assert text(b"\xff") == InvalidText(b"\xff")


def test_objects_are_plain_and_have_each_name_once() -> None:
    assert unique(["a", "a", "a_2", "a"]) == ["a", "a_2", "a_2_2", "a_3"]
    body = encode_rows([[2**60, b"\x00", InvalidText(b"a\xff"), 1.5]])
    assert orjson.loads(as_objects(b"[" + body + b"]", ["i", "b", "x", "f"])) == [
        {"i": str(2**60), "b": "AA==", "x": "a\ufffd", "f": 1.5}
    ]


@given(st.lists(st.binary(max_size=20), max_size=5), st.integers(1, 7))
def test_frames_are_found_however_the_stream_is_cut(bodies: list[bytes], size: int) -> None:
    stream = b"".join(frame(Kind.ROWS, body, rows=3) for body in bodies)
    splitter, found = Splitter(), []
    for start in range(0, len(stream), size):
        found += splitter.feed(stream[start : start + size])
    assert found == [(Kind.ROWS, 3, body) for body in bodies]
