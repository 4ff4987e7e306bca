"""The newest events in memory."""

from __future__ import annotations

import pytest

from realtime.recent import ORDERED, PER_KEY, Recent
from realtime.topics import all_topics
from tests.support.hub import make_alert, make_event


@pytest.fixture
def status() -> Recent:
    return Recent(all_topics()["status"])


@pytest.fixture
def health() -> Recent:
    return Recent(all_topics()["health"])


def test_it_keeps_a_hundred_per_host(status: Recent) -> None:
    status.seed([make_event(n, key=key) for n in range(150) for key in "ab"])
    newest = status.newest(PER_KEY)
    assert [e.position for e, _ in newest if e.key == "a"] == list(range(50, 150))
    assert len(newest) == 200


def test_hosts_are_merged_in_time(status: Recent) -> None:
    status.seed([make_event(n, key="b" if n % 3 else "a") for n in range(20)])
    found = [event.position for event, _ in status.newest(5)]
    assert found == sorted(found) and len(found) == 10


def test_an_entry_is_cut_out_of_the_data(status: Recent) -> None:
    status.add(make_event(5))
    assert status.newest(1)[0][1] == b'{"n":5}'


def test_no_history_may_be_asked_for(status: Recent, health: Recent) -> None:
    status.add(make_event(1))
    health.add(make_alert(1))
    assert status.newest(0) == [] and health.newest(0) == []


def test_the_current_state_is_the_newest_of_each_host(status: Recent) -> None:
    status.seed([make_event(1, key="a"), make_event(2, key="b"), make_event(3, key="a")])
    assert sorted(event.position for event in status.current()) == [2, 3]


def test_every_change_is_counted(status: Recent) -> None:
    before = status.changes
    status.add(make_event(1))
    assert status.changes > before


def test_seeding_replaces_what_was_there(status: Recent) -> None:
    status.add(make_event(1, key="old"))
    status.seed([make_event(2, key="new")])
    assert [event.key for event, _ in status.newest(9)] == ["new"]


def test_a_position_within_memory_gives_what_came_after(status: Recent, health: Recent) -> None:
    status.seed([make_event(n) for n in range(1, 6)])
    health.seed([make_alert(n) for n in range(1, 6)])
    for recent in (status, health):
        assert [event.position for event, _ in recent.after(3) or []] == [4, 5]
        assert recent.after(5) == []


def test_a_position_older_than_memory_is_not_guessed_at(status: Recent, health: Recent) -> None:
    status.seed([make_event(n) for n in range(1000, 1000 + PER_KEY)])
    health.seed([make_alert(n) for n in range(2, ORDERED + 20)])
    assert status.after(999) is None
    assert health.after(1) is None


def test_an_ordered_topic_without_events_knows_nothing_of_the_past(health: Recent) -> None:
    assert health.after(0) is None


def test_a_full_ordered_memory_gives_its_whole_length(health: Recent) -> None:
    health.seed([make_alert(n) for n in range(1, ORDERED + 1)])
    assert len(health.after(0) or []) == ORDERED
    health.add(make_alert(ORDERED + 1))
    assert health.after(0) is None
