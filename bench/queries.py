"""The query console: first row, rows per second, memory of a huge result, cancel. Peers: raw sqlite3, Datasette.

Presence runs the statement in a process beside the web process, so it gets the server's core and the third one (where
there are only two, it shares the client's); so does Datasette, which has threads. The raw loops are one process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from bench.cache import CACHE, _digest, _run, _say
from bench.comparison import Comparison
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port
from bench.query_server import CHUNK, ROWS, Server, acknowledge, data, drain, execute, server
from bench.samples import Failed, Sample
from bench.scenarios import Column

HUGE = 10_000_000
TAGS = frozenset({"queries"})
EVERYTHING = "SELECT * FROM big"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
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
