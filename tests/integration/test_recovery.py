"""What is promised of alerts: each one, once, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.conftest import MakeServer, servers
from tests.support.alert_writer import AlertWriter, alert_writer
from tests.support.follower import Follower, gap_or_double
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually_async


class Site(NamedTuple):
    """A web process over Redis, with no detector that would write of its own, and what writes beside it."""

    server: PresenceServer
    redis: RedisServer
    writer: AlertWriter


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("recovery")
    redis = RedisServer(folder)
    redis.start()
    with servers(folder, prepared_sqlite) as make:
        server = make(REDIS_URL=redis.url)
        server.scaled = False
        with alert_writer(server.environ, folder) as writer:
            yield Site(server, redis, writer)
    redis.kill()


@pytest.fixture
def server(site: Site) -> PresenceServer:
    """The web process, running whatever the test before has done to it."""
    if not site.redis.process.running:
        site.redis.start()
    if not site.server.web.running:
        site.server.start()
    return site.server


@pytest.fixture
def writer(site: Site) -> AlertWriter:
    """Writes on the database and the Redis of the server."""
    return site.writer


HOSTS = itertools.count(1)


@pytest.fixture
def host() -> str:
    """A host that no other test has had alerts of."""
    return f"host{next(HOSTS)}"


@pytest.fixture(scope="module")
def other(site: Site, tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """A second web process beside the first."""
    with servers(tmp_path_factory.mktemp("other"), prepared_sqlite) as make:
        server = make(REDIS_URL=site.redis.url, PRESENCE_DATA_DIR=str(site.server.data))
        server.scaled = False
        server.start()
        yield server


@asynccontextmanager
async def following(server: PresenceServer) -> AsyncIterator[Follower]:
    """A client that follows from now on."""
    follower = Follower(server.address, server.token)
    await follower.open()
    await follower.has(lambda f: f.position != "")
    yield follower
    await follower.leave()


async def catches_up(follower: Follower, writer: AlertWriter) -> None:
    """Wait until everything has come, and check that it came once and in order."""
    rows = await asyncio.to_thread(writer.rows)
    await follower.has(lambda f: len(f.seen) >= len([row for row in rows if row.id > f.first]))
    assert gap_or_double(follower, rows) == ""


async def test_every_transition_arrives_once_and_in_order(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        await writer.later("flip", host=host, count=120)
        await catches_up(follower, writer)


async def test_who_comes_back_with_a_position_misses_nothing(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        for turn in range(1, 6):
            await writer.later("flip", host=host, count=7)
            await follower.leave()
            await writer.later("flip", host=host, count=6)
            await follower.open()
            await follower.has(lambda f, turn=turn: len(f.recovered) == turn)  # type: ignore[misc]
        await catches_up(follower, writer)
        assert follower.recovered == [True] * 5


async def test_a_hint_that_was_lost_costs_time_and_no_alert(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        await writer.later("flip", host=host, count=3, hint=False)
        await catches_up(follower, writer)


async def test_a_tick_stands_in_for_a_lost_hint(server: PresenceServer, writer: AlertWriter, host: str) -> None:
    async with following(server) as follower:
        await writer.later("flip", host=host, count=3, hint=False)
        await writer.later("tick", hosts=[f"{host}b"], flips=[f"{host}b"])
        await catches_up(follower, writer)


@pytest.mark.parametrize("since", ["another:1", "1", ":", "nonsense", "another:1:2", ":-1", ":" + "9" * 30])
async def test_a_position_of_an_unknown_numbering_is_said_to_be_lost(
    server: PresenceServer, writer: AlertWriter, host: str, since: str
) -> None:
    await writer.later("flip", host=host, count=3)
    follower = Follower(server.address, server.token)
    follower.hosts = [host]
    await follower.open(since=since, history=50)
    await follower.has(lambda f: f.recovered == [False])
    assert [seen.state for seen in follower.seen] == ["firing", "recovered", "firing"]
    await follower.leave()


async def test_a_position_that_no_row_ever_had_is_said_to_be_lost(server: PresenceServer, writer: AlertWriter) -> None:
    async with following(server) as follower:
        epoch = follower.position.rpartition(":")[0]
        await follower.leave()
        await follower.open(since=f"{epoch}:1000000")
        await follower.has(lambda f: f.recovered == [False])


async def test_rows_that_were_pruned_are_said_to_be_lost(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        await writer.later("flip", host=host, count=4)
        await catches_up(follower, writer)
        await follower.leave()
        last = await writer.later("flip", host=host, count=6)
        await writer.later("prune", upto=last - 2)
        server.web.stop()  # memory would still know
        server.start()
        await follower.open()
        await follower.has(lambda f: f.recovered == [False])


async def test_after_a_restart_a_position_is_still_good(server: PresenceServer, writer: AlertWriter, host: str) -> None:
    async with following(server) as follower:
        await writer.later("flip", host=host, count=4)
        await catches_up(follower, writer)
        server.web.kill()
        await writer.later("flip", host=host, count=150, at_once=True)  # more than a start reads into memory
        server.start()
        await follower.leave()
        await follower.open()
        await catches_up(follower, writer)
        assert follower.recovered == [True]


async def test_a_position_older_than_memory_is_read_from_rows(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        await follower.leave()
        await writer.later("flip", host=host, count=1_700, at_once=True)  # memory holds 1,000, one answer 500
        async with following(server):  # the server has read them all
            pass
        await follower.open()
        await catches_up(follower, writer)
        await writer.later("flip", host=host, count=3)
        await catches_up(follower, writer)
        assert follower.recovered == [True]


async def test_while_old_rows_are_read_new_ones_are_not_lost(
    server: PresenceServer, writer: AlertWriter, host: str
) -> None:
    async with following(server) as follower:
        await follower.leave()
        await writer.later("flip", host=host, count=1_300, at_once=True)
        writing = asyncio.create_task(writer.later("flip", host=host, count=200))
        await follower.open()
        await writing
        await catches_up(follower, writer)


async def test_without_redis_alerts_arrive_within_seconds(
    server: PresenceServer, writer: AlertWriter, host: str, site: Site
) -> None:
    async with following(server) as follower:
        site.redis.kill()
        await writer.later("flip", host=host, count=5)
        await catches_up(follower, writer)
        site.redis.start()
        await writer.later("flip", host=host, count=5)
        await catches_up(follower, writer)
        assert follower.closed == []
    assert "Traceback" not in server.web.output


async def test_a_subscriber_never_sees_a_half_state(server: PresenceServer, writer: AlertWriter, host: str) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            writer.do("flip", host=host, count=1)

    writing = asyncio.create_task(asyncio.to_thread(write))
    followers = [Follower(server.address, server.token) for _ in range(20)]
    try:
        for follower in followers:
            await follower.open()
            await follower.has(lambda f: len(f.seen) >= 2)
    finally:
        stop.set()
        await writing
    for follower in followers:
        await catches_up(follower, writer)
        await follower.leave()


async def test_two_web_processes_tell_the_same_in_the_same_order(
    server: PresenceServer, writer: AlertWriter, host: str, other: PresenceServer
) -> None:
    async with following(server) as one, following(other) as two:
        await writer.later("flip", host=host, count=60)
        await catches_up(one, writer)
        await catches_up(two, writer)
        assert one.seen == two.seen


async def test_a_position_from_one_process_is_good_on_the_other_at_once(
    server: PresenceServer, writer: AlertWriter, host: str, other: PresenceServer
) -> None:
    async with following(server) as follower:
        for turn in range(1, 21):
            await writer.later("flip", host=host, count=1)
            await follower.has(lambda f, turn=turn: len(f.seen) >= turn)  # type: ignore[misc]
            await follower.leave()
            follower.address = (other if turn % 2 else server).address
            await follower.open()
        await catches_up(follower, writer)
        assert set(follower.recovered) == {True}


# --- PostgreSQL ---


class Reader:
    """Reads what is new again and again, as every hub does, on a thread."""

    def __init__(self, url: str) -> None:
        self.read: list[int] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        statement = "SELECT id FROM metrics_alerttransition WHERE id > %s ORDER BY id"
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.is_set():
                last = self.read[-1] if self.read else 0
                self.read += [row[0] for row in connection.execute(statement, [last])]

    def end(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join()


async def test_on_postgresql_concurrent_writers_never_make_a_reader_skip_one(
    postgres_server: PostgresServer,
    prepared_postgres: str,
    redis_server: RedisServer,
    make_server: MakeServer,
    tmp_path: Path,
) -> None:
    url = postgres_server.url(postgres_server.create_database(prepared_postgres))
    server = make_server(REDIS_URL=redis_server.url, DATABASE_URL=url)
    server.scaled = False
    server.start()
    with ExitStack() as stack:
        writers = [stack.enter_context(alert_writer(server.environ, tmp_path, f"writer{n}")) for n in range(3)]
        reader = Reader(url)
        stack.callback(reader.end)
        async with following(server) as follower:
            await asyncio.gather(
                *[w.later("flip", host=f"host{n}", count=40, linger=0.003 * n) for n, w in enumerate(writers)]
            )
            await catches_up(follower, writers[0])
            ids = [row.id for row in await asyncio.to_thread(writers[0].rows)]
            await eventually_async(lambda: len(reader.read) >= len(ids))
    assert reader.read == ids and len(ids) >= 120
