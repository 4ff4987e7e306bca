"""What a slow socket has missed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.outbox import Outbox
from tests.support.hub import make_alert, make_event


def test_a_new_outbox_is_empty() -> None:
    outbox = Outbox(5.0)
    assert outbox.empty() and outbox.since == 5.0 and outbox.resume() is None


def test_it_keeps_the_newest_per_key_and_counts_what_it_replaced() -> None:
    outbox = Outbox(0.0)
    outbox.keep_latest([make_event(1, key="a"), make_event(2, key="b")])
    outbox.keep_latest([make_event(3, key="a")])
    assert [event.position for event in outbox.take_latest()] == [2, 3]
    assert outbox.take_missed() == 1


def test_what_was_taken_is_gone() -> None:
    outbox = Outbox(0.0)
    outbox.keep_latest([make_event(1), make_event(2)])
    outbox.take_latest(), outbox.take_missed()
    assert outbox.take_latest() == [] and outbox.take_missed() == 0 and outbox.empty()


def test_an_ordered_topic_resumes_before_the_first_it_missed() -> None:
    outbox = Outbox(0.0)
    outbox.keep_position("health", make_alert(7))
    outbox.keep_position("health", make_alert(9))
    assert outbox.resume() == ("health", 6)
    assert not outbox.empty()


def test_a_position_moves_on_until_nothing_is_left() -> None:
    outbox = Outbox(0.0)
    outbox.keep_position("health", make_alert(7))
    outbox.caught_up("health", 8)
    assert outbox.resume() == ("health", 8)
    outbox.caught_up("health", None)
    assert outbox.resume() is None and outbox.empty()


def test_a_forgotten_topic_leaves_the_others() -> None:
    outbox = Outbox(0.0)
    outbox.keep_latest([make_event(1), make_event(2, topic="config")])
    outbox.keep_position("health", make_alert(7))
    outbox.forget("status")
    outbox.forget("health")
    assert [event.topic for event in outbox.take_latest()] == ["config"]
    assert outbox.empty()


def test_catching_up_on_a_forgotten_topic_does_not_bring_it_back() -> None:
    outbox = Outbox(0.0)
    outbox.keep_position("health", make_alert(7))
    outbox.forget("health")
    outbox.caught_up("health", 8)
    assert outbox.empty()


@given(st.lists(st.sampled_from("abcd"), min_size=1))
def test_what_is_kept_and_what_is_missed_is_everything(keys: list[str]) -> None:
    outbox = Outbox(0.0)
    for position, key in enumerate(keys):
        outbox.keep_latest([make_event(position, key=key)])
    missed = outbox.take_missed()
    assert len(outbox.take_latest()) + missed == len(keys)
