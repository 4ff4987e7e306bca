"""How often: one suite over both backends, then what only a Redis that fails can show."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import rates as rates_module
from accounts.addresses import network_of
from accounts.rates import MemoryRates, Rates, RedisRates, rates, wait_for
from tests.support.redis_server import RedisServer

LONG = 3600.0
"""A window that does not end while a test runs."""


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Callable[[], Rates]:
    """Makes rates of one backend."""
    if request.param == "memory":
        return MemoryRates
    server: RedisServer = request.getfixturevalue("redis_server")
    return lambda: RedisRates(server.url)


def allowed(one: Rates, key: str = "a", *, times: int, limit: float = 3, seconds: float = LONG) -> list[bool]:
    return [one.take(key, limit=limit, seconds=seconds) == 0 for _ in range(times)]


def test_so_many_and_no_more_and_each_key_for_itself(make: Callable[[], Rates]) -> None:
    one = make()
    assert allowed(one, times=5) == [True] * 3 + [False] * 2
    assert 0 < one.take("a", limit=3, seconds=LONG) <= 2 * LONG
    assert allowed(one, "b", times=1) == [True]


def test_over_redis_all_processes_count_together(redis_server: RedisServer) -> None:
    one, other = RedisRates(redis_server.url), RedisRates(redis_server.url)
    assert allowed(one, times=2) + allowed(other, times=2) == [True, True, True, False]


def test_counters_in_redis_end_by_themselves(redis_server: RedisServer) -> None:
    allowed(RedisRates(redis_server.url), times=1, seconds=0.1)
    from tests.support.waiting import eventually

    eventually(lambda: redis_server.keys() == set())


def test_without_redis_each_process_counts_alone_and_says_so_once(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    one = RedisRates(redis_server.url, clock=lambda: now[0])
    assert allowed(one, times=3) == [True] * 3
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        assert allowed(one, times=5) == [True] * 3 + [False] * 2
    assert len(caplog.records) == 1
    redis_server.start()
    assert allowed(one, times=1) == [False]
    now[0] += rates_module.SILENT_SECONDS + 1
    assert allowed(one, times=4) == [True] * 3 + [False]


def test_the_settings_say_where_it_is_counted(settings: Any, redis_server: RedisServer) -> None:
    settings.REDIS_URL = ""
    assert isinstance(rates(), MemoryRates)
    rates.cache_clear()
    settings.REDIS_URL = redis_server.url
    assert isinstance(rates(), RedisRates)


def test_a_sender_that_keeps_to_the_rate_is_never_refused() -> None:
    now = [0.0]
    one = MemoryRates(clock=lambda: now[0])
    for _ in range(200):
        assert one.take("a", limit=60, seconds=3) == 0
        now[0] += 0.05001


def test_a_window_that_was_used_up_frees_as_it_slides() -> None:
    now = [0.0]
    one = MemoryRates(clock=lambda: now[0])
    assert allowed(one, times=11, limit=10, seconds=60) == [True] * 10 + [False]
    now[0] = 59.9
    assert allowed(one, times=1, limit=10, seconds=60) == [False]
    now[0] = 90.0
    assert allowed(one, times=6, limit=10, seconds=60) == [True] * 5 + [False]
    now[0] = 1_000.0
    assert allowed(one, times=11, limit=10, seconds=60) == [True] * 10 + [False]


@given(
    before=st.integers(0, 50),
    now=st.integers(0, 50),
    share=st.floats(0, 0.999),
    limit=st.integers(1, 50),
    seconds=st.sampled_from([1.0, 3.0, 60.0]),
)
def test_who_waits_as_told_is_let_in(before: int, now: int, share: float, limit: int, seconds: float) -> None:
    passed = share * seconds
    wait = wait_for(before, now, passed, limit=limit, seconds=seconds)
    later = passed + wait + 0.001
    if later >= seconds:
        before, now, later = now, 0, later - seconds
    if later >= seconds:
        before, later = 0, later - seconds
    assert wait >= 0 and wait_for(before, now, later, limit=limit, seconds=seconds) == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "MAX_KEYS", 10)
    one = MemoryRates()
    allowed(one, "kept", times=3)
    for number in range(50):
        allowed(one, f"address{number}", times=1)
        assert allowed(one, "kept", times=1) == [False]  # who comes again and again is not forgotten
    assert len(one._counts) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:/run/presence.sock", "unix:/run/presence.sock"),
    ],
)
def test_an_ipv6_network_counts_as_one_client(address: str, network: str) -> None:
    assert network_of(address) == network
