"""Presence itself, as it is run: a web process, and beside it a detector where there is a Redis."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from pathlib import Path
from typing import Literal

import httpx

from tests.support.environment import PYTHON, clean
from tests.support.http_client import Api
from tests.support.population import NAME, SECRET_KEY, session_key, token_key
from tests.support.processes import Process, free_port, run
from tests.support.socket_client import EndpointClient, SocketClient, open_endpoint, open_socket
from tests.support.waiting import DEADLINE

Kind = Literal["serve", "daphne"]
HOST = "testhost"
MANAGE = [PYTHON, "manage.py"]


def migrate(environ: Mapping[str, str]) -> None:
    """Make the tables."""
    done = run([*MANAGE, "migrate", "--verbosity", "0"], environ=clean(environ))
    assert done.returncode == 0, done.stderr


def populate(environ: Mapping[str, str]) -> None:
    """Add the administrator and the people of ``population.py``."""
    command = [PYTHON, "-m", "tests.support.population"]
    done = run(command, environ=clean({**environ, "PRESENCE_SECRET_KEY": SECRET_KEY}))
    assert done.returncode == 0, done.stderr


class PresenceServer:
    """One installation: a data folder, a port, an environment."""

    def __init__(self, folder: Path, kind: Kind = "serve", environ: Mapping[str, str] | None = None) -> None:
        self.data = folder / "data"
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        settings = {
            "PRESENCE_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "PRESENCE_HOST_NAME": HOST,
            "PRESENCE_ALERT_GRACE": "0",
            "WS_MAX_CONNECTIONS_PER_USER": "1000",
            **(environ or {}),
        }
        self.environ = clean(settings)
        daphne = [PYTHON, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "presence_site.asgi:application"]
        command = [*MANAGE, "serve"] if kind == "serve" else daphne
        self.web = Process(kind, command, environ=self.environ, log=folder / f"{kind}.log")
        detector = [*MANAGE, "run_detector"]
        self.detector = Process("run_detector", detector, environ=self.environ, log=folder / "run_detector.log")
        self.scaled = "REDIS_URL" in settings
        self.prepared = False

    def prepare(self, sqlite: Path | None) -> None:
        """Begin as an installation that has its people: with a copy of this file, or on a database that knows them."""
        key = self.data / "secret_key"
        key.write_text(SECRET_KEY)
        key.chmod(0o600)
        if sqlite is not None:
            shutil.copy(sqlite, self.database)
        self.prepared = True

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "presence.sqlite3"

    def start(self) -> None:
        """Start what is not running, and wait until it answers."""
        if self.scaled and not self.detector.running:
            self.detector.start()
        self.web.start()
        self.wait_until_live()

    def wait_until_live(self) -> None:
        """Wait for ``/livez``; fail at once when the process ends."""
        end = time.monotonic() + DEADLINE
        while not self._live():
            assert self.web.running, self.web.output
            assert time.monotonic() < end, self.web.output
            time.sleep(0.05)

    def _live(self) -> bool:
        try:
            return httpx.get(f"{self.address}/livez", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def end(self) -> None:
        """Kill whatever still runs."""
        self.web.kill()
        self.detector.kill()

    @cached_property
    def token(self) -> str:
        """A token of the administrator, got over HTTP where none is prepared."""
        if self.prepared:
            return token_key(NAME)
        with Api(self.address) as api:
            return api.token()

    @property
    def session(self) -> str:
        """The session of the administrator's browser, on a prepared installation."""
        assert self.prepared
        return session_key(NAME)

    def api(self) -> Api:
        """Return a client that is signed in with the token."""
        api = Api(self.address, self.session if self.prepared else "")
        api.http.headers["Authorization"] = f"Token {self.token}"
        return api

    def socket(self, *, subprotocols: list[str] | None = None) -> AbstractAsyncContextManager[SocketClient]:
        """Open a socket that is signed in with the token."""
        return open_socket(self.address, token=self.token, subprotocols=subprotocols)

    def endpoint(self, path: str, name: str) -> AbstractAsyncContextManager[EndpointClient]:
        """Open another endpoint, signed in with the token."""
        return open_endpoint(self.address, path, name, token=self.token)
