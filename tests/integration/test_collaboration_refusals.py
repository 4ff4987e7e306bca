"""What a shared session refuses: each with its code, and nobody else notices."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import servers
from tests.integration.raw_ws import TEXT, frame, request
from tests.support.collaborator import Collaborator, collaborate, make_session
from tests.support.documents import Replica
from tests.support.http_client import Api
from tests.support.people import api_of, token_for, token_of
from tests.support.presence_server import PresenceServer
from tests.support.socket_client import open_endpoint
from tests.support.waiting import DEADLINE


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """One server for all: what is refused does not depend on how Presence is run."""
    with servers(tmp_path_factory.mktemp("refusals"), prepared_sqlite) as make:
        server = make()
        server.start()
        yield server


GARBAGE = [b"\x00", b"\xff" * 50, bytes(range(100)), b"\x01\x01\x05\x00\x08\x01\x05query\x01\x01a\x00"]


@pytest.fixture
def session(module_server: PresenceServer) -> str:
    return make_session(module_server, query="select 1")


@pytest.fixture
async def bystander(module_server: PresenceServer, session: str) -> AsyncIterator[Collaborator]:
    """Somebody else in the session, who must notice nothing, and whose document stays whole."""
    token = token_for(module_server, "witness", session, "editor")
    async with collaborate(module_server.address, session, token) as witness:
        yield witness
        await witness.type(";")
        assert witness.replica.text == "select 1;" and witness.client.of("error") == []
    with module_server.api() as api:
        assert api.get(f"/api/v1/sessions/{session}/document")["query"] == "select 1;"


async def test_garbage_is_no_update(module_server: PresenceServer, session: str, bystander: Collaborator) -> None:
    async with collaborate(module_server.address, session, module_server.token) as ada:
        for garbage in GARBAGE:
            await ada.send_update(garbage)
            assert await ada.refusal() == "INVALID_UPDATE"
        for nonsense in ("not base64 !", ""):
            await ada.send("doc_update", {"update": nonsense}, id="n")
            error = await ada.expect("error")
            assert error["code"] == "INVALID_UPDATE" and error["details"]["replyTo"] == "n"
        await ada.send("awareness", {"update": b64encode(b"\xff\xff").decode()})
        assert await ada.refusal() == "INVALID_UPDATE"
        await ada.send("doc_update", {"update": 7})
        assert await ada.refusal() == "INVALID_MESSAGE"


async def test_nobody_writes_in_anothers_name(
    module_server: PresenceServer, session: str, bystander: Collaborator
) -> None:
    token = token_for(module_server, "mallory", session, "editor")
    async with collaborate(module_server.address, session, module_server.token) as ada:
        stolen = Replica()
        await ada.send_update(stolen.insert(0, "a"))
        await ada.expect("doc_saved")
        await ada.send_update(stolen.delete(0, 1))
        await ada.expect("doc_saved")
        async with collaborate(module_server.address, session, token) as mallory:
            await mallory.send_update(stolen.insert(0, "drop table "))
            assert await mallory.refusal() == "FORGED_AUTHOR"


async def test_a_paste_that_is_too_large_is_refused(
    module_server: PresenceServer, session: str, bystander: Collaborator
) -> None:
    async with collaborate(module_server.address, session, module_server.token) as ada:
        await ada.send_update(Replica().insert(0, "x" * 300_000))
        assert await ada.refusal() == "DOCUMENT_TOO_LARGE"
        await ada.send_update(Replica().insert(0, "x" * 2_000_000))
        assert await ada.refusal() == "DOCUMENT_TOO_LARGE"
        await ada.send("update_query", {"query": "x" * 300_000}, id="p")
        assert await ada.refusal() == "DOCUMENT_TOO_LARGE"
        await ada.send("chat_message", {"message": {"id": "long", "content": "x" * 5_000}})
        assert await ada.refusal() == "MESSAGE_TOO_LONG"


async def test_a_frame_of_ten_megabytes_ends_its_own_socket_alone(
    module_server: PresenceServer, session: str, bystander: Collaborator
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", module_server.port)
    writer.write(request(f"/ws/collaboration/{session}", authorization=f"Token {module_server.token}"))
    writer.write(frame(TEXT, b"x" * 10_000_000)[:14])  # its head says how long it will be
    received = b""
    async with asyncio.timeout(DEADLINE):
        while (1009).to_bytes(2, "big") not in received:
            part = await reader.read(65_536)
            assert part, received
            received += part
    writer.close()


async def test_a_flood_is_refused_and_then_closed(
    module_server: PresenceServer, session: str, bystander: Collaborator
) -> None:
    async with collaborate(module_server.address, session, module_server.token) as ada:
        for number in range(1_000):
            await ada.send("chat_message", {"message": {"id": f"f{number}", "content": "spam"}})
        assert await ada.client.close_code() == 1008
        assert {error["code"] for error in ada.client.of("error")} == {"RATE_LIMITED"}
    await bystander.expect("chat_message")


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "nonsense"])
async def test_an_unknown_session_is_4004(module_server: PresenceServer, name: str) -> None:
    path = f"/ws/collaboration/{name}"
    async with open_endpoint(module_server.address, path, "collaboration", token=module_server.token) as client:
        assert await client.close_code() == 4004


async def test_somebody_elses_session_is_4003_and_is_not_there_over_http(
    module_server: PresenceServer, session: str
) -> None:
    stranger = token_of(module_server, "stranger")
    path = f"/ws/collaboration/{session}"
    async with open_endpoint(module_server.address, path, "collaboration", token=stranger) as client:
        assert await client.close_code() == 4003
    with api_of(module_server, stranger) as api:
        for end in ("", "/members", "/messages", "/timeline", "/runs", "/document", "/export", "/invites"):
            answer = api.http.get(f"/api/v1/sessions/{session}{end}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UNKNOWN_SESSION"), end


async def test_invitations_end(module_server: PresenceServer, session: str) -> None:
    guest = token_of(module_server, "guest")
    with module_server.api() as owner, api_of(module_server, guest) as api:

        def invited(**values: object) -> dict[str, object]:
            answer = owner.http.post(f"/api/v1/sessions/{session}/invites", json={"role": "viewer", **values})
            assert answer.status_code == 201, answer.text
            invite: dict[str, object] = answer.json()
            return invite

        def code(token: object) -> str:
            error: str = api.http.post("/api/v1/sessions/join", json={"token": token}).json()["error"]["code"]
            return error

        short = invited(expiresInHours=0.01)
        revoked = invited()
        owner.http.delete(f"/api/v1/sessions/{session}/invites/{revoked['id']}")
        assert code(revoked["token"]) == "INVITE_REVOKED"
        assert code("nonsense") == "UNKNOWN_INVITE"
        once = invited(maxUses=1)
        assert api.http.post("/api/v1/sessions/join", json={"token": once["token"]}).json()["role"] == "viewer"
        assert api.http.post("/api/v1/sessions/join", json={"token": once["token"]}).status_code == 200
        with api_of(module_server, token_of(module_server, "late")) as late:
            answer = late.http.post("/api/v1/sessions/join", json={"token": once["token"]})
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "INVITE_USED_UP")
        assert isinstance(short["expiresAt"], int) and short["expiresAt"] < time.time() * 1000 + 60_000
        assert once["path"] == f"/join#{once['token']}"


async def test_an_archived_session_can_be_read_and_not_changed(module_server: PresenceServer, session: str) -> None:
    async with collaborate(module_server.address, session, module_server.token) as ada:
        with module_server.api() as api:
            assert api.http.patch(f"/api/v1/sessions/{session}", json={"archived": True}).json()["archived"]
        assert (await ada.expect("session_updated"))["session"]["archived"]
        for kind, payload in (
            ("update_query", {"query": "select 2"}),
            ("chat_message", {"message": {"id": "m", "content": "hi"}}),
            ("run_started", {"executionId": "e", "query": "q"}),
        ):
            await ada.send(kind, payload, id="a")
            assert await ada.refusal() == "SESSION_ARCHIVED"
    with module_server.api() as api:
        found = api.get("/api/v1/sessions", state="archived")["results"]
        assert session in [one["id"] for one in found]
        assert session not in [one["id"] for one in api.get("/api/v1/sessions")["results"]]


async def test_a_read_only_token_only_looks(module_server: PresenceServer, session: str) -> None:
    with Api(module_server.address) as api:
        api.sign_in()
        answer = api.post("/api/v1/auth/tokens", {"name": "wall", "read_only": True})
        assert answer.status_code == 201, answer.text
        key = answer.json()["key"]
    async with collaborate(module_server.address, session, key) as wall:
        assert wall.state["role"] == "viewer"
        await wall.send("update_query", {"query": "x"})
        assert await wall.refusal() == "UNAUTHORIZED"
        await wall.send("chat_message", {"message": {"id": "m", "content": "hello"}})
        assert await wall.refusal() == "UNAUTHORIZED"
