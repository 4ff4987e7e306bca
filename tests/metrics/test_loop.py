"""When the next tick comes."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connection
from hypothesis import given
from hypothesis import strategies as st

from metrics.loop import LOCK_MS, Detector, next_due, patience_shorten
from metrics.models import Snapshot
from tests.support.waiting import eventually


def test_a_tick_on_time_is_followed_one_interval_later() -> None:
    assert next_due(10.0, 1.0, 10.0) == 11.0
    assert next_due(10.0, 1.0, 10.3) == 11.0


def test_a_late_tick_does_not_move_the_grid() -> None:
    assert next_due(10.0, 1.0, 10.999) == 11.0
    assert next_due(10.0, 1.0, 11.4) == 12.0


def test_missed_ticks_are_skipped_and_not_made_up_for() -> None:
    assert next_due(10.0, 1.0, 75.5) == 76.0


def test_a_clock_before_its_time_waits_no_longer() -> None:
    assert next_due(10.0, 1.0, 9.0) == 11.0


@given(st.floats(0, 1e6), st.sampled_from((0.25, 0.5, 1.0, 2.0, 60.0)), st.floats(0, 1e4))
def test_the_next_tick_is_the_first_on_the_grid_after_now(due: float, interval: float, late: float) -> None:
    now = due + late
    following = next_due(due, interval, now)
    assert now < following + 1e-6 and following - now <= interval + 1e-6
    assert (following - due) / interval == pytest.approx(round((following - due) / interval), abs=1e-3)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_however_long_ticks_take_none_comes_early_or_in_a_burst(works: list[float]) -> None:
    due = now = 0.0
    for work in works:
        now = max(now, due) + work
        following = next_due(due, 1.0, now)
        assert following >= due + 1.0 and following == int(following)
        due = following


@pytest.mark.django_db(transaction=True)
def test_a_detector_stops_when_asked_and_has_stored_what_it_read() -> None:
    detector = Detector(host="looped", interval=0.2)
    thread = threading.Thread(target=detector.run)
    thread.start()
    eventually(lambda: Snapshot.objects.filter(host__name="looped").count() >= 3)
    detector.stop()
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_no_tick_waits_longer_for_a_lock_than_it_may() -> None:
    for _ in range(2):
        patience_shorten()
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                assert cursor.execute("PRAGMA busy_timeout").fetchone() == (LOCK_MS,)
            else:  # writers do not lock each other out
                cursor.execute("SELECT 1")
        close_old_connections()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_counted_detector_ends_by_itself() -> None:
    thread = threading.Thread(target=lambda: Detector(host="counted", interval=0.2).run(ticks=2))
    thread.start()
    thread.join(30)
    assert Snapshot.objects.filter(host__name="counted").count() == 2
