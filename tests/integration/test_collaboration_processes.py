"""One session over two web processes and Redis: edits cross, a process dies, Redis goes and comes back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from collab.update import read_update
from tests.conftest import servers
from tests.support.collaborator import Collaborator, collaborate, make_session
from tests.support.people import token_for
from tests.support.postgres_server import PostgresServer
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer

BEAT = {"PRESENCE_SESSION_HEARTBEAT": "0.5"}


class Site:
    """Two web processes on one database and one Redis."""

    def __init__(self, servers: list[PresenceServer], redis: RedisServer) -> None:
        self.servers = servers
        self.redis = redis
        for server in servers:
            server.start()

    @property
    def first(self) -> PresenceServer:
        """The process that is never killed."""
        return self.servers[0]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    redis = RedisServer(folder)
    redis.start()
    environ = {"REDIS_URL": redis.url, **BEAT}
    if request.param == "postgres":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        environ["DATABASE_URL"] = postgres.url(postgres.create_database(request.getfixturevalue("prepared_postgres")))
    with servers(folder, prepared_sqlite) as make:
        one = make("serve", **environ)
        two = make("serve", PRESENCE_DATA_DIR=str(one.data), **environ)
        one.scaled = two.scaled = False  # no detector is needed
        yield Site([one, two], redis)
    redis.kill()


async def test_edits_cross_between_processes_and_all_end_with_the_stored_text(site: Site) -> None:
    session = make_session(site.first, query="select 1")
    bob = token_for(site.first, "bob", session, "editor")
    source = random.Random(7)
    async with AsyncExitStack() as stack:
        people: list[Collaborator] = []
        for number, token in enumerate([site.first.token, bob, site.first.token, bob]):
            joining = collaborate(site.servers[number % 2].address, session, token)
            people.append(await stack.enter_async_context(joining))
        for _ in range(25):
            for person in people:
                await person.send_update(person.replica.edit(source))
        for person in people:
            await person.until(lambda: len(person.saved) == 25)  # noqa: B023 - it is called here and now
        with site.first.api() as api:
            stored = api.get(f"/api/v1/sessions/{session}/document")["query"]
        for person in people:
            await person.until(lambda: person.replica.text == stored)  # noqa: B023
            assert person.client.of("error") == []


async def test_what_was_acknowledged_outlives_the_process_and_its_people_vanish(site: Site) -> None:
    session = make_session(site.first, query="select 1")
    bob = token_for(site.first, "bob", session, "editor")
    async with collaborate(site.first.address, session, site.first.token) as ada:
        acknowledged: dict[int, int] = {}
        async with collaborate(site.servers[1].address, session, bob) as other:
            await ada.expect("participant_joined")
            for text in (" from", " hosts"):
                update = other.replica.insert(len(other.replica.text), text)
                await other.send_update(update)
                await other.expect("doc_saved")
                acknowledged |= {number: end for number, (_, end) in read_update(update).ranges.items()}
            site.servers[1].web.kill()
            left = await ada.expect("participant_left")
            assert left["participantId"] == other.state["you"]
        replica = other.replica
        replica.insert(0, "-- while it was down\n")
        await ada.until(lambda: ada.replica.text == "select 1 from hosts")
        missing = replica.missing_in(ada.replica.vector())
        async with collaborate(site.first.address, session, bob, replica) as back:
            await back.send_update(missing)
            await back.expect("doc_saved")
            await ada.until(lambda: ada.replica.text == replica.text == "-- while it was down\nselect 1 from hosts")
    site.servers[1].start()
    async with collaborate(site.servers[1].address, session, bob) as again:
        assert again.replica.text == replica.text


async def test_a_redis_that_goes_away_loses_no_edit(site: Site) -> None:
    session = make_session(site.first, query="select 1")
    async with (
        collaborate(site.first.address, session, site.first.token) as ada,
        collaborate(site.servers[1].address, session, site.first.token) as other,
    ):
        site.redis.kill()
        await ada.type(" -- without")
        await other.type("-- redis\n", 0)
        await ada.until(lambda: ada.replica.text == "-- redis\nselect 1 -- without")
        await other.until(lambda: other.replica.text == ada.replica.text)
        await ada.say("still talking", "m1")
        await other.expect("chat_message")
        site.redis.start()
        await ada.type("!")
        await other.until(lambda: other.replica.text.endswith("!"))
