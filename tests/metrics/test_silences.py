"""When a silence is in force: once or every week, over midnight, in its own time zone, when clocks change. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from metrics.models import Silence
from metrics.silences import is_in_force

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def weekly(days: list[int], start: str, end: str, zone: str = "UTC", **values: Any) -> Silence:
    times = {"daily_start": time.fromisoformat(start), "daily_end": time.fromisoformat(end)}
    silence = Silence(**{"starts_at": LONG_AGO, "weekdays": days, "timezone": zone, **times, **values})
    silence.clean()
    return silence


def silent(silence: Silence, *moments: str) -> list[bool]:
    """Tell for each moment, in UTC, whether it is in force."""
    return [is_in_force(silence, datetime.fromisoformat(moment).replace(tzinfo=UTC)) for moment in moments]


def test_once_is_from_its_start_to_before_its_end() -> None:
    silence = Silence(starts_at=LONG_AGO, ends_at=LONG_AGO + timedelta(hours=1))
    assert silent(silence, "2019-12-31T23:59", "2020-01-01T00:00", "2020-01-01T00:59", "2020-01-01T01:00") == [
        False,
        True,
        True,
        False,
    ]


def test_every_week_is_on_its_days_between_its_times() -> None:
    monday = weekly([0], "09:00", "17:00")
    assert silent(monday, "2026-03-02T08:59", "2026-03-02T09:00", "2026-03-02T17:00", "2026-03-03T12:00") == [
        False,
        True,
        False,
        False,
    ]


def test_over_midnight_it_belongs_to_the_day_on_which_it_begins() -> None:
    friday = weekly([4], "22:00", "06:00")
    assert silent(friday, "2026-03-06T05:00", "2026-03-06T22:00", "2026-03-07T05:59", "2026-03-07T06:00") == [
        False,
        True,
        True,
        False,
    ]
    assert silent(friday, "2026-03-07T23:00") == [False]


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    sunday = weekly([6], "00:00", "00:00")
    assert silent(sunday, "2026-03-07T23:59", "2026-03-08T00:00", "2026-03-08T23:59", "2026-03-09T00:00") == [
        False,
        True,
        True,
        False,
    ]


def test_the_times_are_those_of_its_own_zone() -> None:
    shanghai = weekly([0], "00:00", "08:00", "Asia/Shanghai")
    assert silent(shanghai, "2026-03-01T15:59", "2026-03-01T16:00", "2026-03-01T23:59", "2026-03-02T00:00") == [
        False,
        True,
        True,
        False,
    ]


def test_when_clocks_go_forward_it_ends_at_the_same_time_on_the_wall() -> None:
    night = weekly([5], "23:00", "06:00", "Europe/Berlin")  # 2026-03-29: 02:00 becomes 03:00
    assert silent(night, "2026-03-28T22:00", "2026-03-29T03:59", "2026-03-29T04:00") == [True, True, False]


def test_an_hour_that_is_skipped_is_never_silent_and_one_that_comes_twice_is_twice() -> None:
    night = weekly([6], "02:00", "03:00", "Europe/Berlin")
    assert silent(night, "2026-03-29T00:59", "2026-03-29T01:00", "2026-03-29T01:30") == [False] * 3
    assert silent(night, "2026-10-25T00:00", "2026-10-25T00:59", "2026-10-25T01:59", "2026-10-25T02:00") == [
        True,
        True,
        True,
        False,
    ]


def test_it_recurs_within_its_start_and_end_only() -> None:
    begin, end = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)
    monday = weekly([0], "09:00", "17:00", starts_at=begin, ends_at=end)
    assert silent(monday, "2026-03-02T10:00", "2026-03-02T13:00", "2026-03-09T11:00", "2026-03-09T13:00") == [
        False,
        True,
        True,
        False,
    ]


def test_a_zone_that_this_machine_does_not_know_counts_as_utc() -> None:
    silence = weekly([0], "09:00", "17:00")
    silence.timezone = "Mars/Olympus"
    assert silent(silence, "2026-03-02T10:00") == [True]
    with pytest.raises(ValidationError):
        silence.clean()
