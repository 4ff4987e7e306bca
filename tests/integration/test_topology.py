"""The composition from plain processes: nginx, two web processes, Redis, PostgreSQL, a detector."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from tests.conftest import servers
from tests.support.compose import filled_in, services
from tests.support.environment import clean
from tests.support.http_client import Api
from tests.support.nginx import Nginx
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import Process, run
from tests.support.redis_server import RedisServer
from tests.support.socket_client import Message, SocketClient, open_socket
from tests.support.waiting import eventually, eventually_async

COUNT = 4


class Topology:
    """Everything that ``docker-compose.yml`` starts, on ports of this machine."""

    def __init__(self, web: dict[str, PresenceServer], detector: Process, nginx: Nginx) -> None:
        self.web = web
        self.detector = detector
        self.nginx = nginx
        self.token = web["web1"].token

    @property
    def addresses(self) -> list[str]:
        """Each way in."""
        return [*(server.address for server in self.web.values()), self.nginx.address]


def settings_of(service: str, database: str, redis_url: str) -> dict[str, str]:
    """Return a service's environment with the addresses of this machine."""
    values = {name: filled_in(value) for name, value in services()[service]["environment"].items()}
    return {**values, "DATABASE_URL": database, "REDIS_URL": redis_url}


@pytest.fixture(scope="module")
def topology(
    postgres_server: PostgresServer,
    prepared_postgres: str,
    prepared_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Topology]:
    folder = tmp_path_factory.mktemp("topology")
    database = postgres_server.url(postgres_server.create_database(prepared_postgres))
    redis = RedisServer(folder)
    with ExitStack() as stack:
        redis.start()
        stack.callback(redis.kill)
        make = stack.enter_context(servers(folder, prepared_sqlite))
        web = {name: make("serve", **settings_of(name, database, redis.url)) for name in ("web1", "web2")}
        command = [filled_in(word) for word in services()["migrate"]["command"][2:]]
        done = run([*MANAGE, *command], environ=web["web1"].environ)
        assert done.returncode == 0, done.stderr
        watching = [filled_in(word) for word in services()["detector"]["command"][2:]]
        environ = clean({**web["web1"].environ, "PRESENCE_ALERT_GRACE": "0"})
        detector = Process("detector", [*MANAGE, *watching], environ=environ, log=folder / "detector.log")
        nginx = Nginx({name: server.port for name, server in web.items()}, folder / "nginx")
        stack.callback(detector.kill)
        stack.callback(nginx.end)
        for server in web.values():
            server.scaled = False
            server.web.start()
        detector.start()
        for server in web.values():
            server.wait_until_live()
        nginx.start()
        yield Topology(web, detector, nginx)


@pytest.fixture
async def clients(topology: Topology) -> AsyncIterator[list[SocketClient]]:
    """A client on each web process, and two through nginx."""
    async with AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(open_socket(address, token=topology.token))
            for address in (*topology.addresses, topology.nginx.address)
        ]
        for client in found:
            await client.subscribe("status", "health", history=0)
        yield found


async def test_every_way_in_shows_the_same_readings(topology: Topology, clients: list[SocketClient]) -> None:
    seen = [await client.collect("status_update", COUNT + 3) for client in clients]
    start = max(updates[0]["timestamp"] for updates in seen)
    same = [[u for u in updates if u["timestamp"] >= start][:COUNT] for updates in seen]
    assert all(updates == same[0] for updates in same) and len(same[0]) == COUNT
    assert {update["host"] for update in same[0]} == {"docker"}


async def test_every_way_in_shows_the_same_alert(topology: Topology, clients: list[SocketClient]) -> None:
    with Api(topology.nginx.address) as api:
        api.token()
        api.save_rule(component="disk", warning_raise=0.0001)
        raised: list[Message] = [await client.expect("health_alert", about_disk) for client in clients]
        assert all(data == raised[0] for data in raised)
        api.delete_rule(api.newest_rule())
        ended = [await client.expect("health_recovery", about_disk) for client in clients]
        assert all(data == ended[0] for data in ended) and ended[0]["alert"]["id"] == raised[0]["alert"]["id"]


def api_at(address: str, topology: Topology) -> Api:
    """Return a client that is signed in."""
    api = Api(address)
    api.http.headers["Authorization"] = f"Token {topology.token}"
    return api


def about_disk(data: Message) -> bool:
    return bool(data["alert"]["component"] == "disk")


async def test_requests_leave_no_connection_to_the_database_behind(
    topology: Topology, postgres_server: PostgresServer
) -> None:
    with api_at(topology.web["web1"].address, topology) as api:
        for _ in range(100):
            api.get("/system/health")
    assert postgres_server.connections() < 30


async def test_figures_are_those_of_both_processes(topology: Topology, clients: list[SocketClient]) -> None:
    with api_at(topology.nginx.address, topology) as api:
        await eventually_async(lambda: api.get("/ws/stats")["totalConnections"] == len(clients))
        assert len(api.get("/ws/stats")["processes"]) == 2


async def test_when_one_web_process_is_gone_the_other_serves_everybody(topology: Topology) -> None:
    topology.web["web1"].web.stop(signal.SIGKILL)
    for _ in range(4):
        async with open_socket(topology.nginx.address, token=topology.token) as client:
            await client.subscribe("status", history=0)
            await client.expect("status_update")
    topology.web["web1"].start()
    async with topology.web["web1"].socket() as client:
        await client.subscribe("status", history=0)
        await client.expect("status_update")


def test_the_health_check_of_the_composition_says_that_a_process_is_well(topology: Topology) -> None:
    _, _, _, code = services()["web1"]["healthcheck"]["test"]
    asked = code.replace("localhost:8000", f"localhost:{topology.web['web1'].port}")
    assert asked != code
    eventually(lambda: run([sys.executable, "-c", asked], environ=clean({})).returncode == 0)
