"""The cursors of a session in one process: awareness states, whose they are, and which have to be told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from collab.awareness import State, cursor_of, write_states
from collab.lib0 import Malformed

MAX_REPLICAS = 20
"""Of one socket. A browser has one, and another after it had to begin anew."""
EXPIRY_SECONDS = 45.0
"""A state that was not repeated for this long is gone; browsers repeat theirs every 15 s."""


@dataclass(frozen=True, slots=True)
class _Known:
    state: State
    user_id: int
    holder: object
    """The socket it came from; None when it came from another process."""
    heard: float


class Cursors:
    """``clock`` is in s. ``user`` returns what others may know of a user: what the browser's library draws."""

    def __init__(self, clock: Callable[[], float], user: Callable[[int], dict[str, str]]) -> None:
        self._clock = clock
        self._user = user
        self._known: dict[int, _Known] = {}
        self._changed: set[int] = set()
        self._ours: set[int] = set()

    def take(self, holder: object, user_id: int, states: Iterable[State]) -> None:
        """Take what a socket says of its own replicas.

        Raises:
            PermissionError: when one of them is somebody else's; nothing was taken then.
            Malformed: when one socket would have too many.
        """
        wanted = list(states)
        own = {replica for replica, known in self._known.items() if known.holder is holder}
        if len(own | {state.replica for state in wanted}) > MAX_REPLICAS:
            raise Malformed("too many states")
        for state in wanted:
            known = self._known.get(state.replica)
            if known is not None and known.user_id != user_id:
                raise PermissionError
        for state in wanted:
            value = None if state.value is None else {"cursor": cursor_of(state.value), "user": self._user(user_id)}
            self._put(State(state.replica, state.clock, value), user_id, holder)

    def hear(self, user_id: int, state: State) -> None:
        """Take what another process says."""
        self._put(state, user_id, None)

    def _put(self, state: State, user_id: int, holder: object) -> None:
        known = self._known.get(state.replica)
        if known is not None and not _newer(state, known.state):
            return
        self._known[state.replica] = _Known(state, user_id, holder, self._clock())
        self._note(state.replica, ours=holder is not None)

    def drop(self, holder: object) -> None:
        """Forget the states of a socket that is gone."""
        for replica, known in list(self._known.items()):
            if known.holder is holder and known.state.value is not None:
                self._end(replica, known, ours=True)

    def sweep(self, present: Callable[[int], bool]) -> None:
        """Forget what was not repeated for long, and the states of people who are not there any more."""
        now = self._clock()
        for replica, known in list(self._known.items()):
            if known.state.value is not None:
                if now - known.heard > EXPIRY_SECONDS or not present(known.user_id):
                    self._end(replica, known, ours=known.holder is not None)
            elif now - known.heard > 2 * EXPIRY_SECONDS:
                del self._known[replica]

    def _end(self, replica: int, known: _Known, *, ours: bool) -> None:
        gone = State(replica, known.state.clock + 1, None)
        self._known[replica] = _Known(gone, known.user_id, known.holder, self._clock())
        self._note(replica, ours=ours)

    def _note(self, replica: int, *, ours: bool) -> None:
        self._changed.add(replica)
        if ours:
            self._ours.add(replica)

    # --- what has to be told ---

    def changes(self) -> tuple[bytes | None, list[tuple[int, State]]]:
        """Return what has changed since the last call: as one message, and apart for other processes."""
        changed, ours = self._changed, self._ours
        self._changed, self._ours = set(), set()
        found = [self._known[replica].state for replica in changed if replica in self._known]
        theirs = [(self._known[r].user_id, self._known[r].state) for r in ours if r in self._known]
        return write_states(found) if found else None, theirs

    def everything(self) -> bytes | None:
        """Return all cursors there are as one message."""
        found = [known.state for known in self._known.values() if known.state.value is not None]
        return write_states(found) if found else None

    def ours(self) -> list[tuple[int, State]]:
        """Return the states of this process's own sockets, for one that has just come."""
        return [
            (known.user_id, known.state)
            for known in self._known.values()
            if known.holder is not None and known.state.value is not None
        ]

    def by_user(self) -> dict[int, dict[str, Any]]:
        """Return the newest selection of each person, as relative positions."""
        found: dict[int, dict[str, Any]] = {}
        for known in sorted(self._known.values(), key=lambda known: known.heard):
            if known.state.value is not None and (cursor := known.state.value.get("cursor")):
                found[known.user_id] = cursor
        return found


def _newer(state: State, known: State) -> bool:
    """Tell which of two states of a replica counts, as ``y-protocols`` does: at the same clock, that it is gone."""
    if state.clock == known.clock:
        return state.value is None and known.value is not None
    return state.clock > known.clock
