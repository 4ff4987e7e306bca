"""Awareness messages (``y-protocols/awareness``): who has the cursor where, in documents' terms.

The browser's library writes them, the server reads every one: a state may only come from its own replica, and the name
and colour in it are the server's. Nothing of it is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collab.lib0 import Decoder, Malformed, text, uint

MAX_STATES = 1_000
MAX_STATE_LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class State:
    """One replica's state; ``value`` None says that it is gone. Of two, the one with the higher ``clock`` counts."""

    replica: int
    clock: int
    value: dict[str, Any] | None


def read_states(data: bytes) -> list[State]:
    """Return the states in an awareness message.

    Raises:
        Malformed: when it is none.
    """
    decoder = Decoder(data)
    count = decoder.uint()
    if count > MAX_STATES:
        raise Malformed("too many states")
    states = [State(decoder.uint(), decoder.uint(), _value(decoder.text())) for _ in range(count)]
    if not decoder.done:
        raise Malformed("something follows its end")
    return states


def write_states(states: Iterable[State]) -> bytes:
    """Return the message with these states."""
    listed = list(states)
    parts = [uint(len(listed))]
    for state in listed:
        value = json.dumps(state.value, ensure_ascii=False, separators=(",", ":"))
        parts += (uint(state.replica), uint(state.clock), text(value))
    return b"".join(parts)


def _value(raw: str) -> dict[str, Any] | None:
    if len(raw) > MAX_STATE_LENGTH:
        raise Malformed("a state is too long")
    try:
        value = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        raise Malformed("a state is not JSON") from None
    if value is not None and not isinstance(value, dict):
        raise Malformed("a state is no object")
    return value


def cursor_of(value: dict[str, Any]) -> dict[str, Any] | None:
    """Return the selection in a state: two relative positions, as ``y-codemirror.next`` writes them; else None."""
    cursor = value.get("cursor")
    if not isinstance(cursor, dict) or not isinstance(cursor.get("anchor"), dict):
        return None
    head = cursor.get("head")
    return {"anchor": cursor["anchor"], "head": head} if isinstance(head, dict) else None
