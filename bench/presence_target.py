"""Presence itself: the real ``manage.py serve``, with a publisher on its loop (``presence_app``)."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

from bench.cache import REPOSITORY
from bench.processes import Pinned, free_port
from bench.targets import HttpPublisher


class Presence(HttpPublisher):
    """Embedded: one process, in-memory layer. Its detector is off, so that only the benchmark publishes."""

    name = "presence"
    lanes = True
    urgent = True

    def versions(self) -> str:
        """Return the versions that matter, for the report."""
        return f"uvicorn {version('uvicorn')}, channels {version('channels')}"

    def sign_in(self, count: int) -> list[str]:
        """Create the users in Presence's own database."""
        file = self.folder / "cookies.txt"
        command = [sys.executable, "-m", "bench.seed_sessions", str(count), str(file)]
        subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **self.environment()}, check=True, timeout=300)
        return file.read_text().splitlines()

    def launch(self) -> None:
        """Start the server on a free port and wait until it answers."""
        self.port = free_port()
        command = [sys.executable, "-m", "bench.presence_app", "--port", str(self.port), "--detector", "off"]
        self.server = Pinned(command, core=self.place.cores.server, folder=REPOSITORY, environment=self.environment())
        self.wait_until_it_answers(30)

    def environment(self) -> dict[str, str]:
        """Return the settings: room for every socket, data in a folder of the benchmark."""
        # Newcomers are turned away from 90 % of the limit on.
        return {
            "DJANGO_SETTINGS_MODULE": "presence_site.settings",
            "PRESENCE_DATA_DIR": str(self.folder / "data"),
            "HOST": "127.0.0.1",
            "REDIS_URL": "",
            "DATABASE_URL": "",
            "WS_MAX_CONNECTIONS": str(int(self.place.sockets * 1.25) + 100),
            "WS_MAX_CONNECTIONS_PER_USER": "1000000",
        }


class PresenceRedis(Presence):
    """The same with events over Redis pub/sub, as with several processes."""

    name = "presence-redis"

    def environment(self) -> dict[str, str]:
        """Return the settings."""
        return {**super().environment(), "REDIS_URL": self.place.redis.url}
