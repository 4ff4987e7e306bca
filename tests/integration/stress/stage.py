"""What every scenario plays on: real processes, alerts dozens a second, and clients that miss none of them."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import redis

from realtime.endpoint import all_endpoints
from realtime.registry import DEAD_SECONDS
from realtime.registry_redis import PREFIX
from tests.conftest import MakeServer
from tests.integration import raw_ws
from tests.support.alert_writer import AlertWriter, Row
from tests.support.follower import Follower, gap_or_double
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.waiting import DEADLINE, eventually_async

SETTINGS = {
    "WS_HEARTBEAT_INTERVAL": "3000",
    "WS_HEARTBEAT_TIMEOUT": "20000",
    "WS_IDLE_TIMEOUT": "5000",
    "WS_SLOW_SECONDS": "10",
    "WS_SLOW_BYTES": "262144",
    "WS_MAX_MESSAGE_BYTES": "65536",
    "WS_MAX_CONNECTIONS_PER_USER": "5000",
}
BEAT = 0.025
"""Seconds between two ticks of the writer: up to forty alerts a second, fewer on a busy machine."""
BULK = 300
"""Processes in a reading of the host ``bulky``: some 25 KB, so that a reader who stops is behind soon."""
LEAK = 60_000_000
"""Bytes that the server may grow by; a leak of a socket's state would be several times that."""


class Stage:
    """The processes and the clients of one run; every choice comes from ``random``."""

    def __init__(self, make: MakeServer, redis_server: RedisServer, seed: int) -> None:
        self.random = random.Random(seed)
        self.redis = redis_server
        self.server: PresenceServer = make("serve", REDIS_URL=redis_server.url, **SETTINGS)
        self.server.scaled = False
        self.writer: AlertWriter
        self.followers: list[Follower] = []
        self.played: list[tuple[str, float]] = []
        self._staying: list[asyncio.Task[None]] = []
        self._writing: asyncio.Task[None]
        self._enough = asyncio.Event()
        self._leave = asyncio.Event()
        self._memory = 0
        self._visitors = 0

    # --- beginning and end ---

    async def begin(self, writer: AlertWriter, followers: int) -> None:
        """Let alerts flow, and everybody follow them."""
        self.writer = writer
        self._writing = asyncio.create_task(self._write())
        for _ in range(followers):
            follower = Follower(self.server.address, self.server.token)
            follower.throttle_ms = self.random.choice((0, 0, 250))
            self.followers.append(follower)
            self._staying.append(asyncio.create_task(follower.stay(self._leave)))
        await self.everybody_hears()

    async def _write(self) -> None:
        while not self._enough.is_set():
            pause = asyncio.create_task(self._enough.wait())
            await self.writer.later("tick", hosts=["small", "bulky"], flips=["small"], bulk=BULK)
            await asyncio.wait([pause], timeout=BEAT)
            pause.cancel()

    async def end(self) -> list[Row]:
        """Let the alerts end, everybody catch up and go; return every row."""
        self._enough.set()
        await self._writing
        rows = await asyncio.to_thread(self.writer.rows)
        wanted = [sum(row.id > follower.first for row in rows) for follower in self.followers]
        await eventually_async(
            lambda: all(len(f.seen) >= count for f, count in zip(self.followers, wanted, strict=True))
        )
        self._leave.set()
        await asyncio.gather(*self._staying)
        return rows

    async def play(self, scenario: Callable[[Stage], Awaitable[None]]) -> None:
        """Play one scenario; a failure names it."""
        begun = time.monotonic()
        try:
            await scenario(self)
        except BaseException as error:
            error.add_note(f"in the scenario {scenario.__name__}")
            raise
        self.played.append((scenario.__name__, time.monotonic() - begun))

    # --- what scenarios use ---

    async def everybody_hears(self) -> None:
        """Wait until every follower has heard of something new."""
        before = [len(follower.seen) for follower in self.followers]
        await eventually_async(
            lambda: all(len(f.seen) > count for f, count in zip(self.followers, before, strict=True))
        )

    async def more_alerts(self, count: int) -> None:
        """Wait until one of the followers has heard of so many more: nobody keeps the others from hearing."""
        follower = self.random.choice(self.followers)
        wanted = len(follower.seen) + count
        await follower_has(follower, wanted)

    async def user(self) -> tuple[str, str]:
        """Make another user; return name and token."""
        self._visitors += 1
        name = f"visitor{self._visitors}"
        return name, str(await self.writer.later("user", name=name))

    def handshake(self, token: str | None = None, path: str = "/ws") -> bytes:
        """A good handshake of version 1.1."""
        return raw_ws.request(
            path,
            host=f"127.0.0.1:{self.server.port}",
            authorization=f"Token {token or self.server.token}",
            sec_websocket_protocol="presence.v1.1",
        )

    async def raw(self, token: str | None = None) -> raw_ws.Client:
        """Open a socket that answers nothing by itself."""
        return await raw_ws.Client.open(self.server.port, self.handshake(token))

    async def stats(self) -> dict[str, Any]:
        """Return ``/ws/stats``."""
        headers = {"Authorization": f"Token {self.server.token}"}
        async with httpx.AsyncClient(trust_env=False, timeout=DEADLINE, headers=headers) as client:
            answer = await client.get(f"{self.server.address}/ws/stats")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    # --- disasters ---

    async def restart(self, number: signal.Signals) -> int:
        """End the web process, start it again at the same place; return how the old one ended."""
        code = await asyncio.to_thread(self.server.web.stop, number)
        await asyncio.to_thread(self.server.start)
        await self.everybody_hears()
        return code

    async def restart_redis(self) -> None:
        """Kill Redis and let it come back empty."""
        self.redis.kill()
        await self.everybody_hears()
        await asyncio.to_thread(self.redis.start)
        await self.everybody_hears()

    def remember_memory(self) -> None:
        """Note what the server needs now."""
        self._memory = self.memory()

    def memory(self) -> int:
        """Return the server's resident bytes."""
        assert self.server.web.popen is not None
        return int(psutil.Process(self.server.web.popen.pid).memory_info().rss)

    # --- what must hold at the end ---

    def check_transcripts(self, rows: list[Row]) -> None:
        """Nobody has missed an alert, nobody has heard of one twice."""
        wrong = {number: gap_or_double(follower, rows) for number, follower in enumerate(self.followers)}
        assert {number: what for number, what in wrong.items() if what} == {}
        assert all(all(follower.recovered) for follower in self.followers)

    async def check_that_nothing_is_left(self) -> None:
        """No socket, no lane, no place in the registry."""

        async def nobody() -> bool:
            found = await self.stats()
            lanes = sum(process["lanes"] for process in found["processes"])
            return bool(found["totalConnections"] == 0 and lanes == 0 and found["topics"] == {})

        await eventually_async(nobody)
        await eventually_async(lambda: self._places() == 0)

    def _places(self) -> int:
        with redis.Redis(port=self.redis.port, decode_responses=True) as client:
            now = client.time()[0]
            names = [str(name) for name in client.zrangebyscore(f"{PREFIX}:beats", now - DEAD_SECONDS, "+inf")]
            endpoints = ("ws", *all_endpoints())
            counts = [client.hget(f"{PREFIX}:{endpoint}:{name}", "#") for name in names for endpoint in endpoints]
        return sum(int(str(count)) for count in counts if count)

    def check_memory_and_log(self) -> None:
        """The server has not grown out of bounds, and nothing in it has failed."""
        assert self.memory() - self._memory < LEAK
        assert "Traceback" not in self.server.web.output, self.server.web.output[-10_000:]


async def follower_has(follower: Follower, wanted: int) -> None:
    """Wait until a follower has heard of so many alerts."""
    await eventually_async(lambda: len(follower.seen) >= wanted)


def folder_of(tmp_path: Path) -> Path:
    """Where the writer of a run keeps its log."""
    folder = tmp_path / "writer"
    folder.mkdir()
    return folder
