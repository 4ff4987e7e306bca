"""Readers that stop reading: what they cost, what they get, and when they are dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.conftest import MakeServer
from tests.support.alert_writer import AlertWriter, Row, alert_writer
from tests.support.follower import Follower, gap_or_double
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.slow_pipe import Filling, small_pipe
from tests.support.waiting import eventually_async

BULK = 60
BOUND = 40_000_000
"""Bytes that the server may grow by while thirty readers are behind; each keeps the newest reading, not a queue."""


class Site:
    """A server, and readings and alerts that come as fast as they are written."""

    def __init__(self, server: PresenceServer, writer: AlertWriter) -> None:
        self.server = server
        self.writer = writer
        self.ticks = 0
        self._enough = False
        self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Tick until told to stop."""
        while not self._enough:
            await self.writer.later("tick", hosts=["small", "bulky"], flips=["small"], bulk=BULK)
            self.ticks += 1

    async def stop(self) -> list[Row]:
        """No more ticks; return all rows."""
        self._enough = True
        await self._writing
        return await asyncio.to_thread(self.writer.rows)

    async def more(self, ticks: int) -> None:
        """Wait for so many more ticks."""
        wanted = self.ticks + ticks
        await eventually_async(lambda: self.ticks >= wanted)

    async def stalled(self) -> Follower:
        """A client that has subscribed, stopped reading, and is behind."""
        follower = Follower(self.server.address, self.server.token)
        follower.types = ["health", "status"]
        pipe = small_pipe(self.server.port)
        await follower.open(raw=pipe)
        while not follower.position:
            await follower.step()
        filling = Filling(pipe)
        while not filling.full():
            await self.more(2)
        return follower

    def memory(self) -> int:
        """The server's resident bytes."""
        assert self.server.web.popen is not None
        return int(psutil.Process(self.server.web.popen.pid).memory_info().rss)


@asynccontextmanager
async def running(make: MakeServer, redis_server: RedisServer, folder: Path, **environ: str) -> AsyncIterator[Site]:
    server = make("serve", REDIS_URL=redis_server.url, **environ)
    server.scaled = False
    server.start()
    with alert_writer(server.environ, folder) as writer:
        site = Site(server, writer)
        yield site
        await site.stop()


@pytest.fixture
async def site(make_server: MakeServer, redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Site]:
    """With the limits of the settings' defaults."""
    async with running(make_server, redis_server, tmp_path) as site:
        yield site


async def test_a_reader_that_pauses_gets_every_alert_and_hears_how_many_readings_it_missed(site: Site) -> None:
    follower = await site.stalled()
    await site.more(100)
    await follower.has(lambda f: bool(f.errors))
    assert {error["code"] for error in follower.errors} == {"QUEUE_OVERFLOW"}
    assert sum(error["details"]["missed"] for error in follower.errors) > 0
    await follower.send("unsubscribe", {"types": ["status"]})
    rows = await site.stop()
    await follower.has(lambda f: len(f.seen) >= sum(row.id > f.first for row in rows))
    assert gap_or_double(follower, rows) == ""
    await follower.leave()


async def test_slow_readers_do_not_delay_the_others(site: Site) -> None:
    stalled = await asyncio.gather(*[site.stalled() for _ in range(20)])
    quick = Follower(site.server.address, site.server.token)
    await quick.open()
    for _ in range(5):
        seen = len(quick.seen)
        await quick.has(lambda f, seen=seen: len(f.seen) >= seen + 20)  # type: ignore[misc]
    assert quick.errors == []
    for follower in (*stalled, quick):
        follower.cut()
        await follower.leave()


async def test_slow_readers_do_not_fill_the_memory(site: Site) -> None:
    stalled = await asyncio.gather(*[site.stalled() for _ in range(30)])
    await site.more(60)
    before = site.memory()
    await site.more(250)
    assert site.memory() - before < BOUND
    for follower in stalled:
        follower.cut()
        await follower.leave()


async def test_a_reader_that_stays_behind_is_dropped(
    make_server: MakeServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    async with running(make_server, redis_server, tmp_path, WS_SLOW_SECONDS="1") as site:
        follower = await site.stalled()
        with site.server.api() as api:
            await eventually_async(lambda: api.get("/ws/stats")["totalConnections"] == 0)
            assert api.get("/ws/stats")["disconnects"] == {"1006": 1}
        await follower.has(lambda f: not f.following)
        assert follower.closed == [1006]
        await follower.leave()
    assert "Traceback" not in site.server.web.output


async def test_a_reader_that_comes_back_after_it_was_dropped_misses_no_alert(
    make_server: MakeServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    async with running(make_server, redis_server, tmp_path, WS_SLOW_SECONDS="1") as site:
        follower = await site.stalled()
        with site.server.api() as api:
            await eventually_async(lambda: api.get("/ws/stats")["totalConnections"] == 0)
        await follower.has(lambda f: not f.following)
        await follower.leave()
        follower.types = ["health"]
        await follower.open()
        rows = await site.stop()
        await follower.has(lambda f: len(f.seen) >= sum(row.id > f.first for row in rows))
        assert gap_or_double(follower, rows) == "" and follower.recovered == [True]
        await follower.leave()
