"""The token bucket of a socket, the budget of a user."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import ratelimit
from realtime.ratelimit import CAPACITY, HISTORY_BURST, HISTORY_PER_SECOND, REFILL_PER_SECOND, Budget, TokenBucket


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


# --- the budget of histories ---


def test_a_budget_may_be_overdrawn_once_and_fills_again() -> None:
    budget = Budget()
    budget.spend("ada", HISTORY_BURST - 1, 0.0)
    assert budget.wait("ada", 0.0) == 0
    budget.spend("ada", 2 * HISTORY_PER_SECOND, 0.0)
    assert 1.9 < budget.wait("ada", 0.0) < 2 and budget.wait("grace", 0.0) == 0
    assert budget.wait("ada", 2.0) == 0
    budget.spend("ada", HISTORY_BURST, 1_000.0)
    assert budget.wait("ada", 1_000.0) == 0


def test_more_sockets_have_a_larger_budget() -> None:
    budget = Budget(times=10)
    budget.spend("ada", 9 * HISTORY_BURST, 0.0)
    assert budget.wait("ada", 0.0) == 0


def test_who_has_all_of_it_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "MAX_KNOWN", 10)
    budget = Budget()
    for number in range(100):
        budget.spend(f"user{number}", 1_000, float(number))
    assert len(budget._left) <= 10
