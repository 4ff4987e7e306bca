"""Rows into JSON without losing a bit: a cell is a JSON value, or an object of one tag.

``{"i": "9007199254740993"}`` an integer beyond 2^53-1, ``{"f": "Infinity"}`` a float that JSON has no word for,
``{"n": "1.10"}`` a decimal, ``{"b": base64}`` bytes, ``{"x": base64}`` text that is not valid UTF-8.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

MAX_SAFE = 2**53 - 1
_STRICT = orjson.OPT_STRICT_INTEGER
_INFINITY = math.inf
Row = Sequence[Any]


class InvalidText(bytes):
    """Text of the database that is not valid UTF-8."""


def text(data: bytes) -> str | InvalidText:
    """Decode text, or keep it as it is."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return InvalidText(data)


def encode_rows(rows: Sequence[Row]) -> bytes:
    """Return rows as a JSON array of arrays, the outer brackets left out so that slices can be joined.

    orjson refuses large integers, bytes and decimals by itself, and only those slices take the slow way. It turns an
    infinity into null without a word: a slice with a null is looked at.
    """
    try:
        encoded = orjson.dumps(rows, option=_STRICT)
    except TypeError:
        encoded = orjson.dumps([[_cell(value) for value in row] for row in rows])
    else:
        if b"null" in encoded and _has_infinity(rows):
            encoded = orjson.dumps([[_cell(value) for value in row] for row in rows])
    return encoded[1:-1]


def _has_infinity(rows: Sequence[Row]) -> bool:
    return any(isinstance(value, float) and not math.isfinite(value) for row in rows for value in row)


def _cell(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return value if -MAX_SAFE <= value <= MAX_SAFE else {"i": str(value)}
    if kind is float:
        return value if math.isfinite(value) else {"f": _name(value)}
    if kind is bytes:
        return {"b": base64.b64encode(value).decode()}
    if kind is InvalidText:
        return {"x": base64.b64encode(value).decode()}
    if kind is Decimal:
        return {"n": str(value)}
    return value


def _name(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def type_of(value: Any) -> str:
    """Return the name of a column's type, judged by one value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, (float, Decimal)):
        return "real"
    if isinstance(value, str | InvalidText):
        return "text"
    return "blob" if isinstance(value, bytes) else "unknown"


def plain(value: Any) -> Any:
    """Return a decoded cell without its tag, as text: for plain clients and for CSV."""
    if isinstance(value, dict):
        ((tag, inner),) = value.items()
        if tag == "x":
            return base64.b64decode(inner).decode(errors="replace")
        return inner
    return value
