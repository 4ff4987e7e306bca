"""A real agent and a real server that is killed in between: nothing is lost, nothing comes twice."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.conftest import MakeServer
from tests.support.environment import PYTHON, clean
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import Process, run
from tests.support.waiting import eventually

MEGABYTES = 1_000_000
GREATEST_RSS = 40 * MEGABYTES


@pytest.fixture
def server(make_server: MakeServer) -> PresenceServer:
    server = make_server()
    server.start()
    return server


@pytest.fixture
def agent(server: PresenceServer, tmp_path: Path) -> Iterator[Process]:
    """An agent that samples five times a second, with its token in a file."""
    made = run([*MANAGE, "host_token", "far"], environ=server.environ)
    token = tmp_path / "token"
    token.write_text(made.stdout)
    command = [PYTHON, "manage.py", "agent", "--push", server.address, "--token-file", str(token)]
    command += ["--buffer", str(tmp_path / "spool"), "--interval", "0.2"]
    process = Process("agent", command, environ=clean({}), log=tmp_path / "agent.log")
    yield process
    process.kill()


def stored(server: PresenceServer) -> list[int]:
    query = "SELECT timestamp FROM metrics_snapshot s JOIN metrics_host h ON h.id = s.host_id WHERE h.name = 'far'"
    with closing(sqlite3.connect(server.database, timeout=20)) as file:
        return sorted(row[0] for row in file.execute(query))


def waiting(tmp_path: Path) -> int:
    with closing(sqlite3.connect(tmp_path / "spool" / "readings.sqlite3", timeout=20)) as file:
        return int(file.execute("SELECT count(*) FROM reading").fetchone()[0])


def test_readings_survive_the_death_of_server_and_agent(server: PresenceServer, agent: Process, tmp_path: Path) -> None:
    agent.start()
    eventually(lambda: len(stored(server)) >= 3)
    server.web.kill()
    kept = eventually(lambda: waiting(tmp_path) >= 5 and waiting(tmp_path))
    agent.kill()
    assert waiting(tmp_path) >= kept
    moments = set(stored(server))
    server.start()
    agent.start()
    eventually(lambda: len(stored(server)) >= len(moments) + kept + 3 and waiting(tmp_path) < 5)
    assert psutil.Process(agent.popen.pid).memory_info().rss < GREATEST_RSS if agent.popen else False
    assert agent.stop() == 0
    found = stored(server)
    assert len(found) == len(set(found)) and moments < set(found)
    # while it was running it took a sample each 0.2 s: no hole but the one of its own death
    gaps = [later - sooner for sooner, later in itertools.pairwise(found)]
    assert sum(gap > 2_000 for gap in gaps) <= 3, gaps


def test_a_pushed_host_is_on_the_dashboard(server: PresenceServer, agent: Process) -> None:
    agent.start()
    with server.api() as api:
        host = eventually(lambda: next((h for h in api.get("/api/v1/hosts")["results"] if h["name"] == "far"), None))
        assert host is not None
        eventually(lambda: api.get("/api/v1/status?host=far")["systemOnline"] if stored(server) else False)
    assert host["kind"] == "machine"
    assert "phk_" not in agent.output + server.web.output
