"""The memory of the server while it exports a whole day of readings: a real process, and a reader that has stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.conftest import MakeServer
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import run

HOUR = 3_600_000
EXPORT = "/api/v1/history/export"
AT_MOST = 20_000_000
"""Bytes by which the process may grow; a day as JSON is half as much again, and two of them are under way."""


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[PresenceServer]:
    """A server with a day of readings of one machine, 86,400 of them."""
    made = make_server()
    seed = ["seed_demo", "--hosts", "1", "--days", "0", "--raw-hours", "24"]
    done = run([*MANAGE, *seed], environ=made.environ)
    assert done.returncode == 0, done.stderr
    made.start()
    yield made


def resident(server: PresenceServer) -> int:
    """Return the resident memory of the web process, in bytes."""
    assert server.web.popen is not None
    return int(psutil.Process(server.web.popen.pid).memory_info().rss)


def read_whole(http: httpx.Client, server: PresenceServer, **query: str | int) -> tuple[int, int]:
    """Read an export to its end; return its bytes, and the most memory that the server had meanwhile."""
    total, most = 0, 0
    with http.stream("GET", EXPORT, params=query) as answer:
        assert answer.status_code == 200
        for part in answer.iter_raw(256_000):
            total += len(part)
            most = max(most, resident(server))
    return total, most


def test_a_day_is_exported_in_the_memory_of_a_few_pages_even_to_a_reader_that_has_stopped(
    server: PresenceServer,
) -> None:
    now = time.time_ns() // 1_000_000
    day: dict[str, str | int] = {"host": "demo-01", "format": "json", "from": now - 25 * HOUR, "to": now}
    with server.api() as api, server.api() as stalled:
        read_whole(api.http, server, **{**day, "from": now - HOUR})  # what the first export loads is not counted
        before = resident(server)
        with stalled.http.stream("GET", EXPORT, params=day) as answer:
            next(answer.iter_raw(1_000))
            found = [read_whole(api.http, server, **{**day, "format": kind}) for kind in ("json", "csv")]
    assert found[0][0] > 1.5 * AT_MOST
    assert max(most for _, most in found) - before < AT_MOST
