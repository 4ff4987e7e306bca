"""Charts over a month, ticks, ingest, request statistics: each figure taken in a process of its own, on one core."""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from bench.cache import CACHE, REPOSITORY, Unavailable
from bench.comparison import Comparison
from bench.detector import detector
from bench.machine import Cores
from bench.processes import Pinned
from bench.samples import Failed, Sample
from bench.scenarios import Column

HOSTS, DAYS = 30, 30
SEED = ["--hosts", str(HOSTS), "--days", str(DAYS), "--days-hosts", "1", "--raw-hours", "24", "--seed", "1"]
PATIENCE, SEEDING = 170.0, 1_800.0
TAGS = frozenset({"history"})


def _run(arguments: list[str], environment: dict[str, str], core: int, patience: float = PATIENCE) -> str:
    """Run one command of ours on a core and return what it printed.

    Raises:
        Failed: when it does not end well.
    """
    process = Pinned([sys.executable, *arguments], core=core, folder=REPOSITORY, environment=environment, piped=True)
    try:
        out, _ = process.popen.communicate(timeout=patience)
        if process.popen.returncode:
            raise Failed(process.log().splitlines()[-1] if process.log() else "it ended with an error")
        return str(out)
    finally:
        process.stop()


def _seeded(environment: dict[str, str], core: int) -> dict[str, str]:
    left = signal.alarm(0)  # making the data is no part of the sample, and longer than one may take
    try:
        _run(["manage.py", "migrate", "--verbosity", "0"], environment, core)
        print(f"bench: {_run(['manage.py', 'seed_demo', *SEED], environment, core, SEEDING).strip()}", file=sys.stderr)
    finally:
        signal.alarm(left)
    return environment


@functools.cache
def _sqlite(core: int) -> dict[str, str]:
    """Return the environment of a database with 2.6 million readings; made once, some 650 MB."""
    folder = CACHE / "history"
    environment = {"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": ""}
    if not (folder / "ready").exists():
        for file in folder.glob("presence.sqlite3*"):
            file.unlink()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _seeded(environment, core)
        (folder / "ready").touch()
    return environment


@functools.cache
def _postgres(core: int) -> dict[str, str]:
    """Return the environment of the same on a PostgreSQL of our own, which lives as long as the runner."""
    try:
        from tests.support.postgres_server import PostgresServer

        server = PostgresServer()
        server.start()
    except Exception as reason:
        raise Unavailable(f"no PostgreSQL could be started: {reason}") from None
    import atexit

    atexit.register(server.remove)
    folder = CACHE / "history-postgres"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = server.url(server.create_database())
    environment = _seeded({"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": url}, core)
    server.execute("VACUUM")
    return environment


@functools.cache
def _empty(core: int) -> dict[str, str]:
    folder = CACHE / "history-empty"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in folder.glob("presence.sqlite3*"):
        file.unlink()
    environment = {"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": ""}
    _run(["manage.py", "migrate", "--verbosity", "0"], environment, core)
    return environment


def _sample(data: Callable[[int], dict[str, str]], *what: str) -> Callable[[Cores], Sample]:
    def sample(cores: Cores) -> Sample:
        environment = {**data(cores.server), "PYTHONPATH": os.pathsep.join([str(REPOSITORY)])}
        found: dict[str, Any] = json.loads(
            _run(["-m", "bench.history_sample", *what], environment, cores.server).splitlines()[-1]
        )
        return {name: float(value) for name, value in found.items()}

    return sample


CHART = (Column("p95", "p95 ms", 1, headline=True), Column("p50", "p50 ms", 1), Column("cpu", "CPU ms", 1))


def scenarios() -> list[Comparison]:
    """Return the tables of history, statistics and ingest."""
    charts = [
        Comparison(
            name=f"history-chart-{where}",
            title=f"30-day chart of one host at 720 points, {HOSTS} hosts and 2.6 M readings behind it, {where}",
            subjects={
                "presence": _sample(data, "chart"),
                "one-minute buckets": _sample(data, "minutes"),
                "a day of readings": _sample(data, "readings"),
            },
            columns=CHART,
            notes="presence: the whole request, signed in, to the last byte. The others: the query alone, GROUP BY "
            "over 43,200 one-minute buckets, and over 86,400 readings (a thirtieth of what a month of them would be).",
            tags=TAGS,
        )
        for where, data in (("sqlite", _sqlite), ("postgresql", _postgres))
    ]
    return [
        *charts,
        Comparison(
            name="tick",
            title="One tick: stored, compared, judged, published; CPU ms",
            subjects={"presence": _sample(_empty, "tick"), "100 hosts that push": _sample(_empty, "ingest")},
            columns=(
                Column("cpu", "CPU ms", 2, headline=True),
                Column("whole", "as requests", 1),
                Column("roll", "roll-up, ms a minute", 1),
            ),
            notes='Budgets: 5 ms for one host, 200 ms for 100 that push; "as requests" has HTTP and the token with it.',
            tags=TAGS,
        ),
        Comparison(
            name="detector",
            title="The detector by itself, one tick a second, SQLite and Redis",
            subjects={"presence": lambda cores: detector(_empty(cores.server), cores)},
            columns=(Column("cpu", "CPU % of a core", 2, headline=True), Column("rss", "MB", 0)),
            notes="Budgets: 1 % of a core, 80 MB. Over a minute, with all that runs beside the ticks.",
            tags=TAGS,
        ),
        Comparison(
            name="statistics",
            title="Request statistics",
            subjects={"presence": _sample(_empty, "statistics")},
            columns=(
                Column("middleware", "us a request", 2, headline=True),
                Column("error", "p99 error %", 2),
                Column("bytes", "sketch bytes", 0),
                Column("read", "five periods, ms", 1),
            ),
            notes="Error: the worst of p50, p95, p99 against the exact ones, 100,000 log-normal latencies.",
            tags=TAGS,
        ),
        Comparison(
            name="history-bytes",
            title="Database bytes of one host and day, SQLite",
            subjects={"presence": _sample(_empty, "bytes")},
            columns=(
                Column("raw", "readings MB", 2, headline=True),
                Column("buckets", "buckets MB", 2),
                Column("kept", "kept for good MB", 3),
            ),
            notes="Readings go after a day, 10 s buckets after 3 days, 1 m after 30, 5 m after 90, 1 h after 730.",
            tags=TAGS,
        ),
    ]
