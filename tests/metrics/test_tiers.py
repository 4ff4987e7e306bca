"""Which tier answers which range. Pure."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.history.tiers import (
    BUCKET_TIERS,
    BY_NAME,
    DAY,
    HOUR,
    MINUTE,
    RAW,
    SECOND,
    STEPS,
    TIERS,
    Piece,
    aligned,
    kept,
    narrowest_kept,
    plan,
    step_for,
    tier_for,
)

KEPT = {tier.setting: days for tier, days in zip(TIERS, (24, 3, 30, 90, 730), strict=True)}
moments = st.integers(0, 2**41)


@given(moments, st.integers(1, 2**41), st.sampled_from(STEPS), moments)
def test_every_part_of_a_range_is_in_exactly_one_piece(start: int, length: int, step: int, rolled: int) -> None:
    start, end = aligned(start=start, end=start + length, step=step)
    pieces = plan(start=start, end=end, step=step, rolled_until=rolled)
    assert [piece.start for piece in pieces] == [start, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].end == end


@given(moments, st.integers(1, 2**41), st.sampled_from(STEPS), moments)
def test_buckets_are_only_read_where_they_are_whole(start: int, length: int, step: int, rolled: int) -> None:
    start, end = aligned(start=start, end=start + length, step=step)
    for piece in plan(start=start, end=end, step=step, rolled_until=rolled):
        assert step % piece.tier.width == 0
        assert piece.start % piece.tier.width == piece.end % piece.tier.width == 0
        assert piece.tier is RAW or piece.end <= rolled


@pytest.mark.parametrize(
    ("length", "points", "step", "tier"),
    [
        (5 * MINUTE, 720, SECOND, "raw"),
        (HOUR, 720, 5 * SECOND, "raw"),
        (6 * HOUR, 720, 30 * SECOND, "10s"),
        (DAY, 720, 2 * MINUTE, "1m"),
        (7 * DAY, 720, 15 * MINUTE, "5m"),
        (30 * DAY, 720, HOUR, "1h"),
        (30 * DAY, 5000, 10 * MINUTE, "5m"),
        (730 * DAY, 720, 86_400_000 * 2, "1h"),
    ],
)
def test_a_chart_reads_no_more_rows_than_it_needs(length: int, points: int, step: int, tier: str) -> None:
    assert step_for(start=0, end=length, points=points) == step
    assert tier_for(step).name == tier


def test_what_was_deleted_is_shown_by_the_narrowest_tier_that_still_has_it() -> None:
    now = 1000 * DAY

    def narrowest(age: int) -> int:
        return narrowest_kept(start=now - age, pruned_until=now - DAY, now=now, values=KEPT)

    assert narrowest(HOUR) == SECOND
    assert [narrowest(days * DAY) for days in (2, 29, 89, 91, 800)] == [
        10 * SECOND,
        MINUTE,
        5 * MINUTE,
        HOUR,
        HOUR,
    ]


def test_a_tier_is_never_kept_shorter_than_what_it_is_built_from() -> None:
    short = {**KEPT, "PRESENCE_RAW_HOURS": 100, "PRESENCE_TEN_SECONDS_DAYS": 1}
    assert kept(BY_NAME["10s"], short) == 100 * HOUR


def test_each_width_divides_the_next_and_every_step_of_a_chart_fits_one() -> None:
    assert all(wide.width % narrow.width == 0 for narrow, wide in itertools.pairwise(BUCKET_TIERS))
    assert all(tier_for(step) is not RAW for step in STEPS if step >= 10 * SECOND)


def test_the_newest_minutes_come_from_narrower_tiers() -> None:
    now = 100 * HOUR + 7 * MINUTE + 30 * SECOND
    start, end = aligned(start=now - 30 * DAY + 100 * HOUR, end=now, step=HOUR)
    names = [piece.tier.name for piece in plan(start=0, end=end, step=HOUR, rolled_until=now // MINUTE * MINUTE)]
    assert names == ["1h", "5m", "1m", "raw"]
    assert plan(start=0, end=end, step=HOUR, rolled_until=0) == [Piece(RAW, 0, end)]
    assert start <= now
