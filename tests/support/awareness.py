"""Awareness messages as a browser writes and reads them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from collab.awareness import State, read_states, write_states


def state_of(replica: int, clock: int, value: dict[str, Any] | None) -> str:
    """Return the message with one state, in base64."""
    return b64encode(write_states([State(replica, clock, value)])).decode()


def states_in(update: str) -> dict[int, dict[str, Any] | None]:
    """Return the states in a message by replica."""
    return {state.replica: state.value for state in read_states(b64decode(update))}
