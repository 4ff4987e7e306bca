"""The token bucket of a socket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.ratelimit import CAPACITY, REFILL_PER_SECOND, TokenBucket


def taken(bucket: TokenBucket, times: int, now: float) -> int:
    """Return how many of so many tries at one moment succeed."""
    return sum(bucket.take(now) for _ in range(times))


def test_sixty_messages_may_come_at_once() -> None:
    assert taken(TokenBucket(0.0), 100, 0.0) == 60


def test_twenty_a_second_come_back() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 60, 0.0)
    assert taken(bucket, 100, 1.0) == 20
    assert taken(bucket, 100, 1.5) == 10


def test_a_long_silence_fills_it_no_further_than_to_the_brim() -> None:
    bucket = TokenBucket(0.0)
    assert taken(bucket, 100, 3600.0) == 60


def test_refusals_are_counted_and_a_full_bucket_forgives() -> None:
    bucket = TokenBucket(0.0)
    taken(bucket, 75, 0.0)
    assert bucket.refusals == 15
    taken(bucket, 1, 1.0)
    assert bucket.refusals == 15
    taken(bucket, 1, 100.0)
    assert bucket.refusals == 0


@given(st.lists(st.floats(0, 5), max_size=300))
def test_nobody_gets_more_than_the_refill_allows(pauses: list[float]) -> None:
    bucket, now, passed = TokenBucket(0.0), 0.0, 0
    for pause in pauses:
        now += pause
        passed += bucket.take(now)
    assert passed <= CAPACITY + now * REFILL_PER_SECOND + 1e-6


def test_what_comes_often_by_its_nature_has_a_larger_budget() -> None:
    bucket = TokenBucket(0.0, 5)
    assert taken(bucket, 1_000, 0.0) == 5 * CAPACITY
    assert taken(bucket, 1_000, 1.0) == 5 * REFILL_PER_SECOND
