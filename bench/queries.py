"""The query console: first row, rows per second, memory of a huge result, cancel. Peers: raw sqlite3, Datasette.

Presence runs the statement in a process beside the web process, so it gets the server's core and the third one (where
there are only two, it shares the client's); so does Datasette, which has threads. The raw loops are one process.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

from bench.cache import CACHE, REPOSITORY, _digest, _run, _say
from bench.comparison import Comparison
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port
from bench.samples import Failed, Sample
from bench.scenarios import Column

ROWS = 1_000_000
HUGE = 10_000_000
TAGS = frozenset({"queries"})
EVERYTHING = "SELECT * FROM big"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
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


# --- samples ---


def rows_of_presence(cores: Cores) -> Sample:
    """Stream the table once through the socket, each chunk acknowledged."""
    with server(cores) as presence, presence.console() as socket:
        cpu, begun = presence.process.cpu(), time.perf_counter()
        _, rows = drain(socket, execute(socket, EVERYTHING, presence.source))
        seconds = time.perf_counter() - begun
        if rows != ROWS:
            raise Failed(f"{rows} rows came")
        return {"rate": rows / seconds / 1000, "cpu": (presence.process.cpu() - cpu) / rows * 1e6}


RAW = """
import sqlite3, sys, time
encode = __import__(sys.argv[2]).dumps
connection = sqlite3.connect(sys.argv[1])
begun, cpu, rows, size = time.perf_counter(), time.process_time(), 0, 0
cursor = connection.execute("SELECT * FROM big")
while some := cursor.fetchmany(500):
    size += len(encode(some))
    rows += len(some)
print(rows / (time.perf_counter() - begun) / 1000, (time.process_time() - cpu) / rows * 1e6)
"""


def raw(cores: Cores, encoder: str) -> Sample:
    """Fetch and encode in one process, sending nothing to anybody."""
    command = [sys.executable, "-c", RAW, str(data()), encoder]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=170,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {cores.server}),
    )
    rate, cpu = map(float, done.stdout.split())
    return {"rate": rate, "cpu": cpu}


def raw_json(cores: Cores) -> Sample:
    """With the json module."""
    return raw(cores, "json")


def raw_orjson(cores: Cores) -> Sample:
    """With orjson."""
    return raw(cores, "orjson")


@cache
def datasette_program() -> Path:
    """Return Datasette, installed in the benchmark's own folder."""
    requirements = Path(__file__).with_name("datasette.txt")
    folder = CACHE / f"datasette-{_digest([requirements])}"
    if not (folder / "ready").exists():
        _say("installing Datasette")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], "making an environment for Datasette")
        _run([str(folder / "bin" / "pip"), "install", "-q", "-r", str(requirements)], "installing Datasette")
        (folder / "ready").touch()
    return folder / "bin" / "datasette"


@contextmanager
def datasette(cores: Cores) -> Iterator[str]:
    """Datasette with its limits lifted; yields its address."""
    os.sched_setaffinity(0, {cores.client})
    port = free_port()
    command: list[str | Path] = [datasette_program(), "serve", "--immutable", data(), "--port", str(port)]
    for name, value in (("sql_time_limit_ms", "600000"), ("max_csv_mb", "0"), ("max_returned_rows", "10000")):
        command += ["--setting", name, value]
    process = Pinned(command, core=cores.server)
    os.sched_setaffinity(process.popen.pid, {cores.server, cores.others})
    try:
        wait_for_port(port, process, 60)
        yield f"http://127.0.0.1:{port}/{data().stem}"
    finally:
        process.stop()


def rows_of_datasette(cores: Cores) -> Sample:
    """Its CSV stream of the same table, for at most half a minute."""
    with datasette(cores) as address:
        begun, lines = time.perf_counter(), 0
        with urllib.request.urlopen(f"{address}/big.csv?_stream=on&_size=max", timeout=60) as answer:
            while (piece := answer.read(65_536)) and time.perf_counter() - begun < 30:
                lines += piece.count(b"\n")
        return {"rate": lines / (time.perf_counter() - begun) / 1000}


FIRST = "SELECT * FROM big WHERE id > 500000 LIMIT 20"
SAMPLES = 200


def first_row_of_presence(cores: Cores) -> Sample:
    """From the message to the first chunk, the pool warm."""
    with server(cores) as presence, presence.console() as socket:
        times = []
        for _ in range(SAMPLES):
            begun = time.perf_counter()
            first, _ = drain(socket, execute(socket, FIRST, presence.source))
            times.append((first - begun) * 1000)
            time.sleep(0.06)  # a socket may start 20 a second
        return quantiles(times[20:])


def first_row_of_datasette(cores: Cores) -> Sample:
    """From the request to the JSON, over one connection each."""
    with datasette(cores) as address:
        times = []
        url = f"{address}.json?{urllib.parse.urlencode({'sql': FIRST})}"
        for _ in range(SAMPLES):
            begun = time.perf_counter()
            with urllib.request.urlopen(url, timeout=60) as answer:
                answer.read()
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.02)
        return quantiles(times[20:])


def memory_of_presence(cores: Cores) -> Sample:
    """Growth of the web process over ten million rows."""
    with server(cores) as presence, presence.console() as socket:
        drain(socket, execute(socket, f"{EVERYTHING} LIMIT 100000", presence.source))  # buffers get their size
        before, largest = presence.web_rss(), 0
        query = "SELECT b.* FROM big b, (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))"
        id = execute(socket, query, presence.source)
        begun, seq = time.perf_counter(), 0
        while True:
            text = socket.recv()
            if isinstance(text, str) and text.startswith(CHUNK):
                seq += 1
                acknowledge(socket, id, seq)
                if seq % 200 == 0:
                    largest = max(largest, presence.web_rss())
                continue
            message = json.loads(text)
            if message["type"] == "query_completed":
                rows = int(message["payload"]["result"]["rows"])
                if rows != HUGE:
                    raise Failed(f"{rows} rows came")
                seconds = time.perf_counter() - begun
                return {"growth": (largest - before) / 2**20, "rate": rows / seconds / 1000}
            if message["type"] == "query_error":
                raise Failed(str(message["payload"]))


def cancel_of_presence(cores: Cores) -> Sample:
    """From the message to the answer, and until the worker's process is gone."""
    with server(cores) as presence, presence.console() as socket:
        answered, freed = [], []
        for _ in range(25):
            id = execute(socket, ENDLESS, None)
            worker = busiest(presence)
            begun = time.perf_counter()
            socket.send(json.dumps({"type": "cancel_query", "payload": {"executionId": id}}))
            while json.loads(socket.recv())["type"] != "query_cancelled":
                pass
            answered.append((time.perf_counter() - begun) * 1000)
            while lives(worker):
                pass
            freed.append((time.perf_counter() - begun) * 1000)
        return {"answered": quantiles(answered)["p95"], "freed": quantiles(freed)["p95"]}


def busiest(presence: Server) -> psutil.Process:
    """Return the worker that runs the query, once it has worked for a while."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for zygote in psutil.Process(presence.process.popen.pid).children():
            for worker in zygote.children():
                if worker.cpu_times().user > 0.05:
                    return worker
        time.sleep(0.05)
    raise Failed("no worker works")


def lives(process: psutil.Process) -> bool:
    """Tell whether a process still has its memory: one that is dead may wait to be reaped."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def quantiles(times: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    cuts = statistics.quantiles(times, n=20)
    return {"p50": cuts[9], "p95": cuts[18]}


def scenarios() -> list[Comparison]:
    """Return what is measured."""
    rate = Column("rate", "1,000 rows/s", digits=0, headline=True)
    return [
        Comparison(
            name="query-rows",
            title="A million rows of ten columns, streamed",
            subjects={
                "presence": rows_of_presence,
                "sqlite3 + json": raw_json,
                "sqlite3 + orjson": raw_orjson,
                "datasette": rows_of_datasette,
            },
            columns=(rate, Column("cpu", "CPU us/row", digits=2)),
            notes="The raw loops send nothing to anybody; Datasette streams CSV.",
            tags=TAGS,
        ),
        Comparison(
            name="query-first-row",
            title="First row of a small query",
            subjects={"presence": first_row_of_presence, "datasette": first_row_of_datasette},
            columns=(Column("p50", "p50 ms", digits=1), Column("p95", "p95 ms", digits=1, headline=True)),
            notes="Presence forks and walls in a process for each query.",
            tags=TAGS,
        ),
        Comparison(
            name="query-memory",
            title="Ten million rows, growth of the web process",
            subjects={"presence": memory_of_presence},
            columns=(Column("growth", "growth MB", digits=1, headline=True), Column("rate", "1,000 rows/s", digits=0)),
            tags=TAGS,
        ),
        Comparison(
            name="query-cancel",
            title="Cancel of an endless query",
            subjects={"presence": cancel_of_presence},
            columns=(
                Column("answered", "answer p95 ms", digits=1),
                Column("freed", "worker gone p95 ms", digits=1, headline=True),
            ),
            tags=TAGS,
        ),
    ]
