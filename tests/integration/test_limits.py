"""How many sockets there may be, over all processes, and who has to go."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.conftest import servers
from tests.support.alert_writer import AlertWriter, alert_writer
from tests.support.http_client import Api
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.socket_client import EndpointClient, SocketClient, open_endpoint, open_socket
from tests.support.waiting import eventually_async

TOO_MANY = {"code": 1008, "reason": "too many connections", "reconnect": False, "retryAfterMs": None}


class Site:
    """Two web processes on one Redis and one database, and a process that makes users; the people of one test."""

    numbers = itertools.count(1)

    def __init__(self, servers: list[PresenceServer], writer: AlertWriter, sockets: AsyncExitStack) -> None:
        self.servers = servers
        self.writer = writer
        self._sockets = sockets
        self._number = next(self.numbers)

    def name(self, name: str) -> str:
        """What somebody of this test is called."""
        return f"{name}{self._number}"

    async def user(self, name: str, *, admin: bool = False) -> str:
        """Make a user and return a token."""
        return str(await self.writer.later("user", name=self.name(name), admin=admin))

    async def empty(self) -> bool:
        """Tell whether nobody is connected."""
        with self.servers[0].api() as api:
            return bool(api.get("/ws/stats")["totalConnections"] == 0)

    async def open(self, token: str, which: int = 0) -> SocketClient:
        """Open a socket that stays to the end of the test; it may be on its way out already."""
        return await self._sockets.enter_async_context(open_socket(self.servers[which].address, token=token))

    async def monitor(self, token: str, which: int = 0) -> EndpointClient:
        """Open a socket of another endpoint that stays to the end of the test."""
        opening = open_endpoint(self.servers[which].address, "/ws/monitoring", "monitoring", token=token)
        return await self._sockets.enter_async_context(opening)

    async def admitted(self, token: str, which: int = 0) -> SocketClient:
        """Open a socket that is let in."""
        client = await self.open(token, which)
        assert (await client.next())["event"] == "connected"
        return client

    async def may_come(self, token: str, which: int = 0) -> bool:
        """Try whether there is a place."""
        async with open_socket(self.servers[which].address, token=token) as client:
            return bool((await client.next())["event"] == "connected")


LIMITS = {
    "few-a-user": {"WS_MAX_CONNECTIONS_PER_USER": "3"},
    "few-in-all": {"WS_MAX_CONNECTIONS": "10", "WS_MAX_CONNECTIONS_PER_USER": "100"},
}


@pytest.fixture(scope="module", params=["few-a-user"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path
) -> Iterator[tuple[list[PresenceServer], AlertWriter]]:
    """The two web processes, and what makes users."""
    folder = tmp_path_factory.mktemp("limits")
    redis = RedisServer(folder)
    redis.start()
    with servers(folder, prepared_sqlite) as make:
        one = make("serve", REDIS_URL=redis.url, **LIMITS[request.param])
        two = make("serve", REDIS_URL=redis.url, PRESENCE_DATA_DIR=str(one.data), **LIMITS[request.param])
        one.scaled = two.scaled = False
        with alert_writer(one.environ, folder) as writer:
            yield [one, two], writer
    redis.kill()


@pytest.fixture
async def site(installation: tuple[list[PresenceServer], AlertWriter]) -> AsyncIterator[Site]:
    """All of it, running, with nobody there."""
    pair, writer = installation
    for server in pair:
        if not server.web.running:
            server.web.start()
    for server in pair:
        server.wait_until_live()
    async with AsyncExitStack() as sockets:
        site = Site(pair, writer, sockets)
        await eventually_async(site.empty)
        yield site


async def refused(client: SocketClient) -> None:
    assert await client.close_code() == 1008
    assert [message["event"] for message in client.received] == ["error", "disconnected"]
    (error,) = client.of("error")
    assert error["code"] == "MAX_CONNECTIONS_EXCEEDED" and error["details"] == {"limit": 3}
    assert client.of("disconnected") == [TOO_MANY]


async def test_the_fourth_socket_of_a_user_is_told_why_and_closed(site: Site) -> None:
    token = await site.user("bob")
    for _ in range(3):
        await site.admitted(token)
    await refused(await site.open(token))
    await site.admitted(await site.user("eve"))


async def test_sockets_are_counted_over_both_processes(site: Site) -> None:
    token = await site.user("bob")
    for which in (0, 1, 0):
        await site.admitted(token, which)
    for which in (0, 1):
        await refused(await site.open(token, which))


async def test_a_place_is_free_once_its_socket_is_closed(site: Site) -> None:
    token = await site.user("bob")
    clients = [await site.admitted(token, which) for which in (0, 1, 0)]
    await clients[0].connection.close()
    await eventually_async(lambda: site.may_come(token, 1))


async def test_a_place_is_free_after_its_connection_was_torn_down(site: Site) -> None:
    token = await site.user("bob")
    clients = [await site.admitted(token) for _ in range(3)]
    clients[1].connection.transport.abort()
    await eventually_async(lambda: site.may_come(token, 1))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
async def test_the_places_of_a_process_that_ended_are_free(site: Site, number: signal.Signals) -> None:
    token = await site.user("bob")
    for _ in range(3):
        await site.admitted(token)
    site.servers[0].web.stop(number)
    await eventually_async(lambda: site.may_come(token, 1), deadline=60)  # a dead one counts until it missed 3 beats


async def test_refused_sockets_take_no_place(site: Site) -> None:
    token = await site.user("bob")
    clients = [await site.admitted(token) for _ in range(3)]
    for _ in range(5):
        await refused(await site.open(token, 1))
    await clients[0].connection.close()
    await eventually_async(lambda: site.may_come(token))


async def test_each_endpoint_is_counted_apart(site: Site) -> None:
    token = await site.user("apart")
    for which in (0, 1, 0):
        await site.admitted(token, which)
    monitoring = [await site.monitor(token, which) for which in (0, 1, 0, 1)]
    assert [(await client.next())["type"] for client in monitoring] == ["connected"] * 3 + ["error"]
    assert monitoring[-1].of("error")[0]["code"] == "MAX_CONNECTIONS_EXCEEDED"
    assert await monitoring[-1].close_code() == 1008 and monitoring[-1].of("disconnected") == [TOO_MANY]


few_in_all = pytest.mark.parametrize("installation", ["few-in-all"], indirect=True)


@few_in_all
async def test_from_nine_tenths_on_ordinary_newcomers_are_asked_to_come_later(site: Site) -> None:
    token = await site.user("bob")
    for number in range(9):
        await site.admitted(token, number % 2)
    late = await site.open(token)
    assert await late.close_code() == 1013
    assert late.of("error")[0]["code"] == "MAX_CONNECTIONS_EXCEEDED"
    (told,) = late.of("disconnected")
    assert told["reconnect"] is True and 5_000 <= told["retryAfterMs"] <= 20_000


@pytest.mark.parametrize("which", [0, 1], ids=["here", "on-the-other-process"])
@few_in_all
async def test_an_administrator_makes_the_oldest_ordinary_socket_leave(site: Site, which: int) -> None:
    token = await site.user("bob")
    oldest, *others = [await site.admitted(token) for _ in range(9)]
    await site.admitted(await site.user("root", admin=True), which)
    assert await oldest.close_code() == 1013
    (told,) = oldest.of("disconnected")
    assert told["reason"] == "making room" and told["reconnect"] is True and told["retryAfterMs"] >= 10_000
    for client in others:
        assert await client.up_to_pong() == []


@few_in_all
async def test_administrators_never_make_each_other_leave(site: Site) -> None:
    token = await site.user("root", admin=True)
    clients = [await site.admitted(token, number % 2) for number in range(12)]
    for client in clients:
        assert await client.up_to_pong() == []


@pytest.mark.parametrize("what", ["deactivate", "revoke"])
async def test_who_may_not_come_any_more_is_sent_away_at_once_everywhere(site: Site, what: str) -> None:
    token, other = await site.user("bob"), await site.user("eve")
    clients = [await site.admitted(token, which) for which in (0, 1)]
    stays = await site.admitted(other)
    await site.writer.later(what, name=site.name("bob"))
    for client in clients:
        assert await client.close_code() == 4001
        assert client.of("disconnected")[0]["reconnect"] is False
    assert await stays.up_to_pong() == []


async def test_signing_out_closes_the_sockets_of_that_session_alone(site: Site) -> None:
    address = site.servers[0].address
    with Api(address) as one, Api(address) as two:
        sessions = [one.sign_in(), two.sign_in()]
        async with AsyncExitStack() as stack:
            ends, stays = [
                await stack.enter_async_context(open_socket(server.address, session=session, origin=server.address))
                for session, server in zip(sessions, (site.servers[1], site.servers[1]), strict=True)
            ]
            await ends.expect("connected")
            await stays.expect("connected")
            csrf = {"X-CSRFToken": one.http.cookies["csrftoken"]}
            assert one.http.delete("/api/v1/auth/session", headers=csrf).is_success
            assert await ends.close_code() == 4001
            assert await stays.up_to_pong() == []


async def test_tries_to_sign_in_are_counted_over_both_processes(site: Site) -> None:
    """The last one: who signs in after it has to wait."""

    def guess(number: int) -> int:
        with Api(site.servers[number % 2].address) as api:
            body = {"username": "bob", "password": "guess"}
            return api.http.post("/api/v1/auth/token", json=body).status_code

    codes = [await asyncio.to_thread(guess, number) for number in range(12)]
    assert codes[:6] == [400] * 6 and codes[-1] == 429
