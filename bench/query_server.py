"""What the console's benchmark stands on: a large table, Presence with it as a source, and a client that reads rows."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

from bench.cache import CACHE, REPOSITORY, _say
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port
from bench.samples import Failed

ROWS = 1_000_000
LIFTED = {
    "QUERY_TIMEOUT": "900000",
    "QUERY_MAX_ROWS": "1000000000",
    "QUERY_MAX_BYTES": "1000000000000",
    "QUERY_SPOOL_BYTES": "1000000000000",
    "WS_MAX_CONNECTIONS_PER_USER": "1000",
}


@cache
def data() -> Path:
    """Return a SQLite file with a table of a million rows and ten columns: integers, floats, texts, NULLs."""
    path = CACHE / "queries-1.sqlite3"
    if not path.exists():
        _say("making a table of a million rows")
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        connection = sqlite3.connect(draft)
        connection.execute(
            "CREATE TABLE big (id INTEGER PRIMARY KEY, host TEXT, at INTEGER, cpu REAL, memory REAL, disk REAL,"
            " connections INTEGER, load REAL, note TEXT, temperature REAL)"
        )
        started = 1_700_000_000_000
        rows = (
            (
                n,
                f"web-{n % 30}",
                started + n * 1000,
                n % 1000 / 10,
                n % 777 / 7,
                41.5,
                n % 500,
                n % 90 / 9,
                f"reading number {n}",
                n % 10 or None,
            )
            for n in range(1, ROWS + 1)
        )
        connection.executemany("INSERT INTO big VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
        connection.close()
        draft.rename(path)
    return path


class Server:
    """Presence with the file as a data source, its limits lifted."""

    def __init__(self, cores: Cores, folder: Path) -> None:
        self.port = free_port()
        environment = {
            "PRESENCE_DATA_DIR": str(folder / "data"),
            "PRESENCE_ADMIN_USERNAME": "bench",
            "PRESENCE_ADMIN_PASSWORD": "a long enough password",
            "REDIS_URL": "",
            "DATABASE_URL": "",
            **LIFTED,
        }
        command = [sys.executable, "manage.py", "serve", "--migrate", "--port", str(self.port), "--detector", "off"]
        self.process = Pinned(command, core=cores.server, folder=REPOSITORY, environment=environment)
        os.sched_setaffinity(self.process.popen.pid, {cores.server, cores.others})
        wait_for_port(self.port, self.process, 90)
        body = {"username": "bench", "password": "a long enough password"}
        self.token = self.post("/api/v1/auth/token", body)["token"]
        source = {"name": "bench", "url": f"sqlite:///{data()}"}
        self.source = self.post("/api/v1/queries/sources", source)["id"]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Token {self.token}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    @contextmanager
    def console(self) -> Iterator[ClientConnection]:
        headers = {"Authorization": f"Token {self.token}"}
        url = f"ws://127.0.0.1:{self.port}/ws/query"
        with connect(
            url, additional_headers=headers, compression=None, max_size=None, open_timeout=60, proxy=None
        ) as socket:
            socket.recv()
            time.sleep(1.0)  # the pool gets warm
            yield socket

    def web_rss(self) -> int:
        """Return the resident bytes of the web process alone."""
        return int(psutil.Process(self.process.popen.pid).memory_info().rss)


@contextmanager
def server(cores: Cores) -> Iterator[Server]:
    """Presence, gone at the end of the block."""
    os.sched_setaffinity(0, {cores.client})
    with tempfile.TemporaryDirectory(prefix="presence-bench-queries-") as folder:
        made = Server(cores, Path(folder))
        try:
            yield made
        finally:
            made.process.stop()


def execute(socket: ClientConnection, query: str, source: int | None, **options: Any) -> str:
    """Send a query; return the id of its execution."""
    payload = {"query": query, "source": source, "options": {"rowFormat": "array", **options}}
    socket.send(json.dumps({"type": "execute_query", "payload": payload}))
    while True:
        message = json.loads(socket.recv())
        if message["type"] == "query_started":
            return str(message["payload"]["executionId"])
        if message["type"] == "query_error":
            raise Failed(str(message["payload"]["error"]))


CHUNK = '{"type":"data_chunk"'


def acknowledge(socket: ClientConnection, id: str, seq: int) -> None:
    """Say that a chunk was consumed."""
    socket.send(json.dumps({"type": "ack", "payload": {"executionId": id, "seq": seq}}))


def drain(socket: ClientConnection, id: str) -> tuple[float, int]:
    """Acknowledge every chunk to the end; return the moment of the first and the number of rows."""
    first, seq = 0.0, 0
    while True:
        text = socket.recv()
        if isinstance(text, str) and text.startswith(CHUNK):
            first = first or time.perf_counter()
            seq += 1
            acknowledge(socket, id, seq)
            continue
        message = json.loads(text)
        if message["type"] == "query_completed":
            return first, int(message["payload"]["result"]["rows"])
        if message["type"] in ("query_error", "query_cancelled"):
            raise Failed(str(message["payload"]))
