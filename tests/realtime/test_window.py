"""When a lane sends, and what travels together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.topics import Event
from realtime.window import MAX_BATCH, WINDOW_SECONDS, Window
from tests.support.hub import make_alert, make_event


def positions(frames: list[list[Event]]) -> list[list[int]]:
    return [[event.position for event in frame] for frame in frames]


def test_an_idle_window_has_nothing_due() -> None:
    assert Window(conflate=True).due_in(5.0) is None
    assert Window(conflate=True).take(5.0) == []


def test_a_lone_event_is_due_at_once() -> None:
    window = Window(conflate=True)
    window.add(make_event())
    assert window.due_in(0.0) == 0.0


def test_what_comes_within_the_window_waits_for_its_end() -> None:
    window = Window(conflate=True)
    window.add(make_event(1))
    window.take(10.0)
    window.add(make_event(2))
    assert window.due_in(10.0) == pytest.approx(WINDOW_SECONDS)
    assert window.due_in(10.0 + WINDOW_SECONDS) == 0.0


def test_taking_nothing_opens_no_window() -> None:
    window = Window(conflate=True)
    window.take(10.0)
    window.add(make_event())
    assert window.due_in(10.0) == 0.0


def test_a_window_may_be_as_long_as_a_throttle() -> None:
    window = Window(seconds=5.0, conflate=True)
    window.add(make_event(1))
    window.take(100.0)
    window.add(make_event(2))
    assert window.due_in(101.0) == 4.0


def test_an_urgent_event_does_not_wait() -> None:
    window = Window(conflate=True)
    window.add(make_event(1))
    window.take(10.0)
    window.add(make_event(2, priority="high"))
    assert window.due_in(10.0) == 0.0
    window.take(10.0)
    window.add(make_event(3))
    assert window.due_in(10.0) == pytest.approx(WINDOW_SECONDS)


def test_a_throttled_reader_waits_even_for_urgent_events() -> None:
    window = Window(seconds=5.0, conflate=True, urgent=False)
    window.add(make_event(1))
    window.take(10.0)
    window.add(make_event(2, priority="high"))
    assert window.due_in(10.0) == 5.0


def test_a_conflating_window_keeps_the_newest_per_key() -> None:
    window = Window(conflate=True)
    for position, key in ((1, "a"), (2, "b"), (3, "a")):
        window.add(make_event(position, key=key))
    assert positions(window.take(0.0)) == [[2, 3]]


def test_a_conflating_window_sends_high_priority_first() -> None:
    window = Window(conflate=True)
    for position, priority in ((1, "low"), (2, "normal"), (3, "high"), (4, "low")):
        window.add(make_event(position, key=str(position), priority=priority))
    assert positions(window.take(0.0)) == [[3, 2, 1, 4]]


def test_an_ordered_window_keeps_everything_in_order() -> None:
    window = Window(conflate=False)
    for position, priority in ((1, "low"), (2, "high"), (3, "normal")):
        window.add(make_alert(position, priority=priority))
    assert positions(window.take(0.0)) == [[1, 2, 3]]


@given(st.integers(0, 450))
def test_a_frame_carries_at_most_a_hundred_events(count: int) -> None:
    window = Window(conflate=False)
    for position in range(count):
        window.add(make_alert(position))
    frames = window.take(0.0)
    assert all(len(frame) <= MAX_BATCH for frame in frames)
    assert [event.position for frame in frames for event in frame] == list(range(count))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(("high", "normal", "low")))))
def test_conflation_loses_no_key_and_never_goes_back(added: list[tuple[str, str]]) -> None:
    window = Window(conflate=True)
    newest = {}
    for position, (key, priority) in enumerate(added):
        window.add(make_event(position, key=key, priority=priority))
        newest[key] = position
    sent = [event for frame in window.take(0.0) for event in frame]
    assert {event.key: event.position for event in sent} == newest
    assert len(sent) == len(newest)
