"""Cursors: whose they are, which counts, when they go. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.awareness import State, read_states, write_states
from collab.cursors import EXPIRY_SECONDS, MAX_REPLICAS, Cursors
from collab.lib0 import Malformed

ADA, BOB = 1, 2
CURSOR = {"anchor": {"item": {"client": 7, "clock": 1}}, "head": {"item": {"client": 7, "clock": 2}}}


class Room:
    """Cursors with a clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cursors = Cursors(lambda: self.now, lambda user_id: {"id": str(user_id), "name": f"user {user_id}"})
        self.socket = object()

    def told(self) -> dict[int, object]:
        update, _ = self.cursors.changes()
        return {state.replica: state.value for state in read_states(update)} if update else {}


def test_the_name_is_the_servers_and_nothing_else_passes() -> None:
    room = Room()
    room.cursors.take(room.socket, ADA, [State(7, 1, {"user": {"name": "root"}, "cursor": CURSOR, "secret": 1})])
    assert room.told() == {7: {"cursor": CURSOR, "user": {"id": "1", "name": "user 1"}}}


def test_an_older_state_changes_nothing() -> None:
    room = Room()
    room.cursors.take(room.socket, ADA, [State(7, 5, {"cursor": CURSOR})])
    room.told()
    room.cursors.take(room.socket, ADA, [State(7, 4, {}), State(7, 5, {})])
    assert room.told() == {}


def test_nobody_moves_anothers_cursor() -> None:
    room = Room()
    room.cursors.take(room.socket, ADA, [State(7, 1, {})])
    with pytest.raises(PermissionError):
        room.cursors.take(object(), BOB, [State(8, 1, {}), State(7, 2, None)])
    assert set(room.told()) == {7}


def test_one_socket_has_no_end_of_cursors() -> None:
    room = Room()
    room.cursors.take(room.socket, ADA, [State(replica, 1, {}) for replica in range(MAX_REPLICAS)])
    with pytest.raises(Malformed):
        room.cursors.take(room.socket, ADA, [State(MAX_REPLICAS, 1, {})])


def test_a_socket_takes_its_cursors_with_it() -> None:
    room = Room()
    room.cursors.take(room.socket, ADA, [State(7, 1, {"cursor": CURSOR})])
    room.told()
    room.cursors.drop(room.socket)
    update, ours = room.cursors.changes()
    assert update is not None and read_states(update) == [State(7, 2, None)]
    assert ours == [(ADA, State(7, 2, None))] and room.cursors.everything() is None


def test_what_another_process_says_is_told_here_and_not_sent_on() -> None:
    room = Room()
    room.cursors.hear(BOB, State(9, 1, {"cursor": CURSOR}))
    update, ours = room.cursors.changes()
    assert update is not None and ours == [] and room.cursors.ours() == []


@pytest.mark.parametrize("there", [True, False])
def test_a_cursor_that_is_not_repeated_goes_and_so_does_that_of_who_is_gone(there: bool) -> None:
    room = Room()
    room.cursors.hear(BOB, State(9, 1, {"cursor": CURSOR}))
    room.told()
    room.now = EXPIRY_SECONDS + 1 if there else 1
    room.cursors.sweep(lambda user_id: there)
    assert room.told() == {9: None}


STATES = st.lists(
    st.builds(State, st.integers(0, 2**53 - 1), st.integers(0, 2**31), st.none() | st.just({"cursor": None}))
)


@given(STATES)
def test_messages_are_read_as_they_were_written(states: list[State]) -> None:
    assert read_states(write_states(states)) == states


@given(st.binary(max_size=60))
def test_no_bytes_make_reading_fail_in_another_way(data: bytes) -> None:
    try:
        read_states(data)
    except Malformed:
        return
