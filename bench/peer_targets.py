"""How to start the peers: the textbook Channels consumer on two servers, and Elysia on Bun."""

from __future__ import annotations

import json
import os
import select
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cache import BENCH, REPOSITORY, elysia_folder, textbook_python
from bench.event import Load
from bench.processes import Pinned, free_port, wait_for_port
from bench.targets import HttpPublisher, Place, Target


class Textbook(Target):
    """A consumer a socket in a group of channels_redis; a process of its own publishes."""

    layer: str
    why_not = "a consumer has no options a group could share"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.python = textbook_python()
        self._publisher: Pinned

    def versions(self) -> str:
        """Return the versions that matter, for the report."""
        lines = (BENCH / "requirements.txt").read_text().splitlines()
        return ", ".join(line.replace("==", " ") for line in lines if not line.startswith("#"))

    def sign_in(self, count: int) -> list[str]:
        """Create the users in the peer's database."""
        file = self.folder / "cookies.txt"
        command = [str(self.python), "-m", "bench.seed_sessions", str(count), str(file)]
        environment = {**os.environ, **self._environment()}
        subprocess.run(command, cwd=_TEXTBOOK, env=environment, check=True, timeout=300)
        return file.read_text().splitlines()

    def launch(self) -> None:
        """Start the server and the publisher."""
        self.port = free_port()
        cores, environment = self.place.cores, self._environment()
        self.server = Pinned(self.command(), core=cores.server, folder=_TEXTBOOK, environment=environment)
        wait_for_port(self.port, self.server, 30)
        publisher = [str(self.python), "publisher.py"]
        self._publisher = Pinned(publisher, core=cores.others, folder=_TEXTBOOK, environment=environment, piped=True)
        self._ask("state")

    def command(self) -> Sequence[str | Path]:
        """Return how the server is started."""
        raise NotImplementedError

    def publish(self, load: Load) -> None:
        """Start to publish; returns at once."""
        self._ask("publish", asdict(load))

    def published(self) -> int:
        """Return how many events were published since the start."""
        return int(self._ask("state")["published"])

    def stop_publishing(self) -> None:
        """End what ``publish`` started."""
        self._ask("stop")

    def stop(self) -> None:
        """End the publisher and the server."""
        self._publisher.stop()
        super().stop()

    def _ask(self, command: str, load: dict[str, Any] | None = None) -> dict[str, Any]:
        pipe_in, pipe_out = self._publisher.popen.stdin, self._publisher.popen.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(json.dumps({"command": command, "load": load}) + "\n")
        pipe_in.flush()
        if not select.select([pipe_out], [], [], 30)[0] or not (line := pipe_out.readline()):
            raise RuntimeError(f"its publisher does not answer: {self._publisher.log()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": f"{_TEXTBOOK}{os.pathsep}{REPOSITORY}",
            "TEXTBOOK_DATABASE": str(self.folder / "textbook.sqlite3"),
            "TEXTBOOK_LAYER": self.layer,
            "TEXTBOOK_REDIS": self.place.redis.url,
        }


_TEXTBOOK = BENCH / "peers" / "textbook"


class TextbookDaphne(Textbook):
    """On Daphne, with the layer that the Channels documentation starts with."""

    name = "textbook-daphne"
    layer = "channels_redis.core.RedisChannelLayer"

    def command(self) -> Sequence[str | Path]:
        """Return how the server is started."""
        return [self.python, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "-v", "0", "asgi:application"]


class TextbookUvicorn(Textbook):
    """On uvicorn, with the pub/sub layer."""

    name = "textbook-uvicorn"
    layer = "channels_redis.pubsub.RedisPubSubChannelLayer"

    def command(self) -> Sequence[str | Path]:
        """Return how the server is started."""
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning", "--lifespan", "off"]
        return [self.python, "-m", "uvicorn", *options, "asgi:application"]


_ELYSIA_TABLES = """
PRAGMA journal_mode=WAL;
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, active INTEGER NOT NULL);
CREATE TABLE sessions (key TEXT PRIMARY KEY, user_id INTEGER NOT NULL, expires INTEGER NOT NULL);
"""


class Elysia(HttpPublisher):
    """Elysia on Bun: ``server.publish``, sessions in SQLite looked up at the handshake."""

    name = "elysia"
    why_not = "server.publish knows topics, no throttle and no filter a subscriber"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._home = elysia_folder()

    def versions(self) -> str:
        """Return the versions that matter, for the report."""
        wanted = json.loads((BENCH / "peers" / "elysia" / "package.json").read_text())["dependencies"]
        return ", ".join(f"{name} {number}" for name, number in sorted(wanted.items()))

    def sign_in(self, count: int) -> list[str]:
        """Create the users in a database of the same shape as Django's."""
        keys = [f"bench{number:027d}" for number in range(count)]
        expires = int((time.time() + 86_400) * 1000)
        with closing(sqlite3.connect(self.folder / "elysia.sqlite3")) as database, database:
            database.executescript(_ELYSIA_TABLES)
            database.executemany("INSERT INTO users VALUES (?, ?, 1)", [(n, f"bench-{n}") for n in range(count)])
            rows = [(key, number, expires) for number, key in enumerate(keys)]
            database.executemany("INSERT INTO sessions VALUES (?, ?, ?)", rows)
        return [f"Cookie: session={key}" for key in keys]

    def launch(self) -> None:
        """Start the server on a free port and wait until it answers."""
        self.port = free_port()
        script = self._home / "server.ts"  # beside node_modules, where Bun looks for elysia
        script.write_bytes((BENCH / "peers" / "elysia" / "server.ts").read_bytes())
        environment = {
            "PORT": str(self.port),
            "ELYSIA_DATABASE": str(self.folder / "elysia.sqlite3"),
            "NODE_ENV": "production",
        }
        command = [self._home / "node_modules" / ".bin" / "bun", script]
        self.server = Pinned(command, core=self.place.cores.server, folder=self._home, environment=environment)
        self.wait_until_it_answers(30)
