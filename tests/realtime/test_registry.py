"""Places: one suite over both backends, then what only several processes and a Redis that fails can show."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.registry import Quota, Registry, Request, Verdict, judge, merged
from realtime.registry_memory import MemoryRegistry
from realtime.registry_redis import PREFIX, RedisRegistry
from realtime.reports import ClientReports
from realtime.timeline import Timeline
from tests.support.examples import examples
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually_async

ADMITTED, EVICT, USER_LIMIT, FULL = Verdict.ADMITTED, Verdict.EVICT, Verdict.USER_LIMIT, Verdict.FULL
Make = Callable[[Quota], Registry]


def ada(endpoint: str = "ws", *, admin: bool = False) -> Request:
    return Request(endpoint, "ada", admin)


def somebody(number: int, *, admin: bool = False) -> Request:
    return Request("ws", f"user{number}", admin)


@pytest.fixture(scope="module")
def lasting_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests that do not break it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "redis"])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes registries of one backend, which begin with no place taken."""
    made: list[Registry] = []
    url = ""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("lasting_redis")
        server.flush()
        url = server.url

    def make_one(quota: Quota) -> Registry:
        made.append(RedisRegistry(url, quota) if url else MemoryRegistry(quota))
        return made[-1]

    yield make_one
    for registry in made:
        await registry.close()


async def verdicts(registry: Registry, *requests: Request) -> list[Verdict]:
    return list(await asyncio.gather(*[registry.admit(request) for request in requests]))


# --- one suite, both backends ---


async def test_a_user_has_so_many_places_and_no_more(make: Make) -> None:
    registry = make(Quota(total=100, per_user=3))
    assert await verdicts(registry, *[ada()] * 5) == [ADMITTED, ADMITTED, ADMITTED, USER_LIMIT, USER_LIMIT]


async def test_one_user_does_not_take_the_places_of_another(make: Make) -> None:
    registry = make(Quota(total=100, per_user=1))
    assert await verdicts(registry, somebody(1), somebody(2), somebody(1)) == [ADMITTED, ADMITTED, USER_LIMIT]


async def test_endpoints_count_apart(make: Make) -> None:
    registry = make(Quota(total=100, per_user=1))
    assert await verdicts(registry, ada("ws"), ada("query"), ada("ws")) == [ADMITTED, ADMITTED, USER_LIMIT]


async def test_a_place_that_is_given_back_is_free(make: Make) -> None:
    registry = make(Quota(total=100, per_user=1))
    await registry.admit(ada())
    registry.release(ada())
    await admitted_soon(registry, ada())


async def test_from_nine_tenths_on_ordinary_newcomers_are_sent_away(make: Make) -> None:
    registry = make(Quota(total=10, per_user=3))
    assert await verdicts(registry, *[somebody(n) for n in range(10)]) == [ADMITTED] * 9 + [FULL]


async def test_from_nine_tenths_on_an_administrator_makes_somebody_leave(make: Make) -> None:
    registry = make(Quota(total=10, per_user=3))
    await verdicts(registry, *[somebody(n) for n in range(9)])
    assert await verdicts(registry, ada(admin=True), ada(admin=True)) == [EVICT, EVICT]
    assert registry.counts.total("ws") == 11


async def test_an_administrator_has_no_more_places_than_others(make: Make) -> None:
    registry = make(Quota(total=1, per_user=1))
    assert await verdicts(registry, ada(admin=True), ada(admin=True)) == [ADMITTED, USER_LIMIT]


async def test_there_is_always_one_place_for_somebody_ordinary(make: Make) -> None:
    registry = make(Quota(total=1, per_user=3))
    assert await verdicts(registry, somebody(1), somebody(2)) == [ADMITTED, FULL]


async def test_giving_back_what_nobody_took_changes_nothing(make: Make) -> None:
    registry = make(Quota(total=100, per_user=1))
    registry.release(ada())
    await verdicts(registry, ada("query"))
    registry.release(ada())
    assert await verdicts(registry, ada(), ada()) == [ADMITTED, USER_LIMIT]


async def test_who_has_gone_before_the_answer_takes_no_place(make: Make) -> None:
    registry = make(Quota(total=100, per_user=1))
    waiting = asyncio.ensure_future(registry.admit(ada()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    if isinstance(registry, MemoryRegistry) and not waiting.cancelled():
        registry.release(ada())
    await admitted_soon(registry, ada())


async def test_who_has_gone_between_the_decision_and_hearing_of_it_takes_no_place(lasting_redis: RedisServer) -> None:
    class Late(RedisRegistry):
        def _answer(self, *decided: Any) -> None:
            super()._answer(*decided)
            waiting.cancel()

    lasting_redis.flush()
    registry = Late(lasting_redis.url, Quota(total=100, per_user=1))
    waiting = asyncio.ensure_future(registry.admit(ada()))
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled() and registry.counts.total("ws") == 0
    await registry.close()


async def test_a_process_does_not_hear_its_own_figures(make: Make) -> None:
    registry = make(Quota(total=100, per_user=3))
    await registry.beat(lambda: figures(registry))
    assert await registry.all_figures() == []


async def test_a_storm_of_newcomers_is_counted_to_the_last(make: Make) -> None:
    registry = make(Quota(total=1_000, per_user=3))
    found = Counter(await verdicts(registry, *[somebody(n) for n in range(1_500)]))
    assert found == {ADMITTED: 900, FULL: 600} and registry.counts.total("ws") == 900


async def admitted_soon(registry: Registry, request: Request) -> None:
    async def admitted() -> bool:
        return await registry.admit(request) is ADMITTED

    await eventually_async(admitted)


def figures(registry: Registry, **more: int) -> dict[str, object]:
    return {"process": registry.process, **more}


# --- several processes ---


@pytest.fixture
async def processes(lasting_redis: RedisServer) -> AsyncIterator[list[RedisRegistry]]:
    """Three processes that share a quota of two sockets a user, ten in all."""
    lasting_redis.flush()
    made = [RedisRegistry(lasting_redis.url, Quota(total=10, per_user=2)) for _ in range(3)]
    yield made
    for registry in made:
        await registry.close()


async def test_places_are_counted_over_all_processes(processes: list[RedisRegistry]) -> None:
    found = [await process.admit(ada()) for process in processes]
    assert found == [ADMITTED, ADMITTED, USER_LIMIT]


async def test_a_place_given_back_on_one_process_is_free_on_another(processes: list[RedisRegistry]) -> None:
    one, other, third = processes
    await one.admit(ada())
    await other.admit(ada())
    one.release(ada())
    await admitted_soon(third, ada())


async def test_a_process_that_ends_gives_all_its_places_back(processes: list[RedisRegistry]) -> None:
    one, other, _ = processes
    await verdicts(one, ada(), ada())
    await one.close()
    one.release(ada())  # its sockets close later than its registry
    assert await verdicts(other, ada(), ada(), ada()) == [ADMITTED, ADMITTED, USER_LIMIT]


async def test_nothing_is_left_behind_by_processes_that_ended(
    processes: list[RedisRegistry], lasting_redis: RedisServer
) -> None:
    for process in processes:
        await verdicts(process, ada(), somebody(1))
        process.release(ada())
        await process.beat(partial(figures, process))
    for process in processes:
        await process.close()
        process.release(somebody(1))
    await asyncio.sleep(0)
    assert lasting_redis.keys() == set()


async def test_a_process_that_died_does_not_count_for_long(
    processes: list[RedisRegistry], lasting_redis: RedisServer
) -> None:
    dead, other, _ = processes
    await verdicts(dead, ada(), ada())
    await dead.beat(lambda: figures(dead))
    assert await other.admit(ada()) is USER_LIMIT
    silence(lasting_redis, dead)
    assert await verdicts(other, ada(), ada(), ada()) == [ADMITTED, ADMITTED, USER_LIMIT]
    assert await other.all_figures() == []


async def test_all_living_processes_are_heard_of(processes: list[RedisRegistry]) -> None:
    for number, process in enumerate(processes):
        await process.beat(partial(figures, process, connections=number))
    assert {one["connections"] for one in await processes[0].all_figures()} == {1, 2}


def silence(server: RedisServer, registry: RedisRegistry) -> None:
    """Make the last beat of a process old."""
    with redis.Redis(port=server.port) as client:
        client.zadd(f"{PREFIX}:beats", {registry.process: 1})


def counted(server: RedisServer, registry: RedisRegistry) -> Counter[str]:
    """Return what Redis holds of one process: its users' counts and, as ``#``, their sum."""
    with redis.Redis(port=server.port, decode_responses=True) as client:
        found: dict[str, str] = client.hgetall(f"{PREFIX}:ws:{registry.process}")
    return Counter({user: int(count) for user, count in found.items() if int(count)})


# --- a model ---

actions = st.one_of(
    st.tuples(st.sampled_from(("admit", "admit", "release", "beat")), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("crash"), st.integers(0, 2), st.just(0)),
)
rounds = st.lists(st.lists(actions, min_size=1, max_size=6), min_size=1, max_size=8)


class Model:
    """Three processes on one Redis, and the places that each really has."""

    quota = Quota(total=8, per_user=2)

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        server.flush()
        self.processes = [self._start() for _ in range(3)]
        self.ended: list[RedisRegistry] = []

    def _start(self) -> RedisRegistry:
        return RedisRegistry(self.server.url, self.quota)

    def places(self) -> Counter[str]:
        """Return the places of each user over all living processes."""
        found: Counter[str] = Counter()
        for process in self.processes:
            found.update(process.counts.by_endpoint.get("ws", Counter()))
        return found

    async def act(self, name: str, which: int, user: int) -> None:
        """Carry out one action; several may be under way."""
        process = self.processes[which]
        if name == "admit":
            await process.admit(somebody(user, admin=user == 0))
        elif name == "release" and process.counts.of_user("ws", f"user{user}"):
            process.release(somebody(user))
        elif name == "beat":
            await process.beat(partial(figures, process))

    def crash(self, which: int) -> None:
        """A process is gone without a word; some time later another one starts in its stead."""
        silence(self.server, self.processes[which])
        self.ended.append(self.processes[which])
        self.processes[which] = self._start()

    async def settle(self) -> None:
        """Wait until everything that was given back has been written."""
        await eventually_async(lambda: all(process._releaser is None for process in self.processes))

    def check(self) -> None:
        """Redis says what is true, and no limit is passed."""
        for process in self.processes:
            mine = Counter(process.counts.by_endpoint.get("ws", Counter()))
            assert counted(self.server, process) == Counter({**mine, "#": mine.total()}) - Counter()
        assert max(self.places().values(), default=0) <= self.quota.per_user

    async def close(self) -> None:
        """End all processes."""
        for process in (*self.processes, *self.ended):
            await process.close()


async def play(server: RedisServer, script: list[list[tuple[str, int, int]]]) -> None:
    model = Model(server)
    try:
        for actions in script:
            await asyncio.gather(*[model.act(*action) for action in actions if action[0] != "crash"])
            await model.settle()
            for _, which, _ in [action for action in actions if action[0] == "crash"]:
                model.crash(which)
            model.check()
    finally:
        await model.close()


@settings(max_examples=examples(60), deadline=None)
@given(script=rounds)
def test_any_sequence_keeps_the_counts_of_redis_equal_to_the_places_taken(
    lasting_redis: RedisServer, script: list[list[tuple[str, int, int]]]
) -> None:
    asyncio.run(play(lasting_redis, script))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("admit", "release")), st.integers(0, 4), st.booleans()), max_size=60))
def test_both_backends_decide_as_the_rule_says(lasting_redis: RedisServer, script: list[tuple[str, int, bool]]) -> None:
    async def run() -> None:
        quota, places = Quota(total=5, per_user=2), Counter[str]()
        lasting_redis.flush()
        over_redis = RedisRegistry(lasting_redis.url, quota)
        both: list[Registry] = [MemoryRegistry(quota), over_redis]
        for name, number, admin in script:
            request = somebody(number, admin=admin)
            if name == "admit":
                mine = places[request.user]
                wanted = judge(quota, total=places.total(), of_user=mine, is_admin=admin)
                assert [await registry.admit(request) for registry in both] == [wanted, wanted]
                places[request.user] += wanted in (ADMITTED, EVICT)
            elif places[request.user]:
                places[request.user] -= 1
                for registry in both:
                    registry.release(request)
                await eventually_async(lambda: over_redis._releaser is None)
        for registry in both:
            await registry.close()

    asyncio.run(run())


# --- a Redis that fails ---


async def test_without_redis_a_process_decides_by_what_it_knows(redis_server: RedisServer) -> None:
    registry = RedisRegistry(redis_server.url, Quota(total=100, per_user=2))
    assert await registry.admit(ada()) is ADMITTED
    redis_server.kill()
    assert await verdicts(registry, ada(), ada()) == [ADMITTED, USER_LIMIT]
    registry.release(ada())
    assert await verdicts(registry, ada(), ada()) == [ADMITTED, USER_LIMIT]
    assert await registry.all_figures() == []
    await registry.close()


async def test_while_redis_hangs_nobody_waits_for_it_until_a_beat_was_answered(redis_server: RedisServer) -> None:
    registry = RedisRegistry(redis_server.url, Quota(total=1_000, per_user=500))
    redis_server.process.send(signal.SIGSTOP)
    await registry.admit(ada())
    async with asyncio.timeout(60), registry._one_at_a_time:  # as a beat has it that waits for Redis
        assert await verdicts(registry, *[ada()] * 400) == [ADMITTED] * 400
    redis_server.process.send(signal.SIGCONT)
    await registry.beat(lambda: figures(registry))
    assert counted(redis_server, registry) == {"ada": 401, "#": 401}
    assert await registry.admit(ada()) is ADMITTED and counted(redis_server, registry)["ada"] == 402
    await registry.close()


async def test_a_redis_that_comes_back_empty_is_right_after_one_beat(redis_server: RedisServer) -> None:
    one, other = (RedisRegistry(redis_server.url, Quota(total=100, per_user=3)) for _ in range(2))
    await verdicts(one, ada(), somebody(1))
    redis_server.kill()
    await verdicts(one, ada())
    redis_server.start()
    await one.beat(lambda: figures(one))
    assert counted(redis_server, one) == {"ada": 2, "user1": 1, "#": 3}
    assert await verdicts(other, ada(), ada()) == [ADMITTED, USER_LIMIT]
    for registry in (one, other):
        await registry.close()


async def test_trouble_with_redis_is_told_once_and_its_end_too(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    registry = RedisRegistry(redis_server.url, Quota(total=100, per_user=3))
    redis_server.kill()
    for _ in range(3):
        await verdicts(registry, ada("a"))
    redis_server.start()
    with caplog.at_level("INFO"):
        await registry.beat(lambda: figures(registry))
    told = [record.levelname for record in caplog.records if record.name == "realtime.registry_redis"]
    assert told == ["ERROR", "INFO"]
    await registry.close()


def test_the_figures_of_all_processes_are_added_up() -> None:
    one = {"process": "a", "host": "h", "connections": 2, "lanes": 1, "subscriptions": 3, "users": ["ada"]}
    two = {"process": "b", "host": "h", "connections": 1, "lanes": 1, "subscriptions": 0, "users": ["ada", "bob"]}
    rest = {"clients": ClientReports().now(), "timeline": Timeline().packed()}
    found = merged(
        [
            {**one, **rest, "topics": {"status": 2, "health": 1}, "disconnects": {"1000": 2}, "endpoints": {"ws": 2}},
            {**two, **rest, "topics": {}, "disconnects": {"1000": 1, "3008": 4}, "endpoints": {"ws": 1, "query": 0}},
        ],
        now_ms=0,
    )
    assert found["totalConnections"] == 3 and found["uniqueUsers"] == 2 and found["averageSubscriptions"] == 1.0
    assert found["endpoints"] == {"ws": 3} and found["reconnectRate"] is None
    assert found["topics"] == {"health": 1, "status": 2} and found["disconnects"] == {"1000": 3, "3008": 4}
    assert [process["name"] for process in found["processes"]] == ["a", "b"]
