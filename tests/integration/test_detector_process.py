"""The detector as a worker of its own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.load import busy_core
from tests.support.presence_server import HOST, MANAGE, PresenceServer
from tests.support.processes import run
from tests.support.redis_server import RedisServer
from tests.support.waiting import eventually, eventually_async

DETECT = [*MANAGE, "run_detector"]


def readings(database: Path) -> list[tuple[str, int, float]]:
    """Return host, time and CPU of every stored reading."""
    query = "SELECT name, timestamp, cpu_usage FROM metrics_snapshot s JOIN metrics_host h ON h.id = host_id ORDER BY 2"
    with sqlite3.connect(database) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.fixture
def scaled(make_server: MakeServer, redis_server: RedisServer) -> PresenceServer:
    """An installation with Redis, not running."""
    return make_server(REDIS_URL=redis_server.url)


def test_without_redis_it_says_what_to_set(make_server: MakeServer) -> None:
    done = run(DETECT, environ=make_server().environ)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(
        "CommandError: run_detector publishes to other processes and needs Redis: set REDIS_URL"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--interval", "0.1"], "CommandError: --interval must be between 0.2 and 60 seconds.\n"),
        (["--interval", "nan"], "CommandError: --interval must be between 0.2 and 60 seconds.\n"),
        (["--host", ""], "CommandError: --host must have 1 to 253 characters.\n"),
        (["--host", "x" * 254], "CommandError: --host must have 1 to 253 characters.\n"),
    ],
)
def test_wrong_arguments_get_one_sentence(scaled: PresenceServer, arguments: list[str], sentence: str) -> None:
    done = run([*DETECT, *arguments], environ=scaled.environ)
    assert (done.returncode, done.stderr) == (1, sentence)


def test_once_stores_one_reading_that_is_not_zero_by_accident(scaled: PresenceServer) -> None:
    with busy_core():
        done = run([*DETECT, "--once", "--host", "other"], environ=scaled.environ)
    assert done.returncode == 0, done.stderr
    ((host, _, cpu),) = readings(scaled.database)
    assert host == "other" and 0 < cpu <= 100
    assert done.stdout.endswith("Stopped; everything is stored.\n")


def test_told_to_stop_it_stores_what_it_has_and_ends(scaled: PresenceServer) -> None:
    scaled.detector.start()
    eventually(lambda: len(readings(scaled.database)) >= 2)
    assert scaled.detector.stop() == 0
    assert scaled.detector.output.endswith("Stopped; everything is stored.\n")
    moments = [moment for _, moment, _ in readings(scaled.database)]
    assert moments == sorted(set(moments))


async def test_a_single_reading_reaches_the_browsers(scaled: PresenceServer) -> None:
    scaled.web.start()
    scaled.wait_until_live()
    async with scaled.socket() as client:
        await client.subscribe("status")
        await client.expect("history_data")
        done = run([*DETECT, "--once", "--host", "single"], environ=scaled.environ)
        assert done.returncode == 0, done.stderr
        assert (await client.expect("status_update"))["host"] == "single"


async def test_two_hosts_are_watched_beside_each_other(scaled: PresenceServer) -> None:
    scaled.start()
    async with scaled.socket() as client:
        await client.subscribe("status", history=0)
        run([*DETECT, "--once", "--host", "other"], environ=scaled.environ)
        await client.expect("status_update", where=lambda data: data["host"] == "other")
        await client.expect("status_update", where=lambda data: data["host"] == HOST)
    with scaled.api() as api:
        hosts = api.get("/api/v1/hosts")["results"]
    assert {host["name"] for host in hosts if host["kind"] == "machine"} == {HOST, "other"}


async def test_a_redis_that_dies_and_comes_back_is_survived_without_reconnecting(
    scaled: PresenceServer, redis_server: RedisServer
) -> None:
    scaled.start()
    with scaled.api() as api:
        async with scaled.socket() as client:
            await client.subscribe("status", "health", history=0)
            await client.collect("status_update", 2)
            redis_server.kill()
            api.save_rule(warning_raise="0.0001")
            raised = (await client.expect("health_alert"))["alert"]
            redis_server.start()
            here = len(client.received)
            await client.collect("status_update", 3)
            api.save_rule(api.newest_rule(), warning_raise="99.9999")
            recovered = (await client.expect("health_recovery"))["alert"]
            await client.collect("status_update", 3)
    assert recovered["id"] == raised["id"] and len(client.received) > here
    assert [data["alert"]["id"] for data in client.of("health_alert")] == [raised["id"]]
    assert len(client.of("health_recovery")) == 1
    moments = [data["timestamp"] for data in client.of("status_update")]
    assert moments == sorted(set(moments))


async def test_readings_are_stored_while_redis_is_away(scaled: PresenceServer, redis_server: RedisServer) -> None:
    scaled.start()
    eventually(lambda: len(readings(scaled.database)) >= 1)
    redis_server.kill()
    here = len(readings(scaled.database))
    await eventually_async(lambda: len(readings(scaled.database)) >= here + 3)
    assert scaled.detector.output.count("the channel layer does not answer") <= 1


async def test_a_client_that_comes_while_redis_is_away_is_served(
    scaled: PresenceServer, redis_server: RedisServer
) -> None:
    scaled.start()
    async with scaled.socket() as client:
        await client.subscribe("status", history=0)
        await client.expect("status_update")
    redis_server.kill()
    async with scaled.socket() as client:
        await client.subscribe("status")
        await client.expect("history_data")
        redis_server.start()
        await client.collect("status_update", 2)
