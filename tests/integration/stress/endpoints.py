"""Unkind things done to the sockets beside ``/ws``: reports, queries, shared sessions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.integration import raw_ws
from tests.integration.stress.stage import Stage
from tests.support.socket_client import EndpointClient, open_endpoint
from tests.support.waiting import DEADLINE

PATHS = {"monitoring": "/ws/monitoring", "query": "/ws/query"}
MANY_ROWS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n"


@asynccontextmanager
async def guest(stage: Stage, name: str, path: str = "") -> AsyncIterator[EndpointClient]:
    """An honest client of an endpoint."""
    address, token = stage.server.address, stage.server.token
    async with open_endpoint(address, path or PATHS[name], name, token=token) as client:
        await client.expect("connected")
        yield client


async def pages_report_and_are_gone(stage: Stage) -> None:
    for number in range(stage.random.randint(5, 25)):
        client = await raw_ws.Client.open(stage.server.port, stage.handshake(path=PATHS["monitoring"]))
        report = {"client": f"page{number}", "reconnections": stage.random.randint(0, 9), "quality": "good"}
        frame = raw_ws.text(json.dumps({"type": "client_metrics", "payload": report}))
        client.send(frame * stage.random.randint(0, 5) + frame[: stage.random.randint(0, len(frame) - 1)])
        if stage.random.random() < 0.3:
            await client.frame()
        client.writer.transport.abort()


WRONG = (
    ("nonsense", "PARSE_ERROR"),
    ("[]", "INVALID_MESSAGE"),
    ('{"payload":{}}', "INVALID_MESSAGE"),
    ('{"type":"dance"}', "UNKNOWN_ACTION"),
    ('{"type":"subscribe","payload":{"types":["all"]}}', "UNKNOWN_ACTION"),
    ('{"type":5}', "INVALID_MESSAGE"),
)


async def messages_that_no_endpoint_knows(stage: Stage) -> None:
    async with guest(stage, stage.random.choice(list(PATHS))) as client:
        for raw, code in stage.random.sample(WRONG, len(WRONG)):
            await client.connection.send(raw if stage.random.random() < 0.8 else raw.encode())
            assert (await client.expect("error"))["code"] == code, raw
        await client.send("ping", id="still here")
        await client.expect("pong")


async def frames_that_break_the_protocol_of_an_endpoint(stage: Stage) -> None:
    for frame, code in ((raw_ws.frame(raw_ws.TEXT, b"{}", mask=None), 1002), (raw_ws.text("x" * 65_537), 1009)):
        path = stage.random.choice(list(PATHS.values()))
        client = await raw_ws.Client.open(stage.server.port, stage.handshake(path=path))
        client.send(frame)
        while (received := await client.frame())[0] != raw_ws.CLOSE:
            pass
        assert int.from_bytes(received[1][:2], "big") == code
        client.writer.transport.abort()


async def queries_torn_down_in_the_middle_of_their_rows(stage: Stage) -> None:
    for _ in range(stage.random.randint(1, 2)):
        async with guest(stage, "query") as client:
            await client.send("execute_query", {"query": MANY_ROWS})
            await client.expect("data_chunk", deadline=2 * DEADLINE)
            client.connection.transport.abort()


async def a_query_that_is_cancelled_ends_once(stage: Stage) -> None:
    async with guest(stage, "query") as client:
        await client.send("execute_query", {"query": MANY_ROWS}, id="mine")
        started = await client.expect("query_started")
        await client.send("cancel_query", {"executionId": started["executionId"]})
        while client.received[-1]["type"] not in ("query_cancelled", "query_completed", "query_error"):
            await client.next(2 * DEADLINE)
        await client.send("ping")
        await client.expect("pong")
    ends = [message["type"] for message in client.received if message["type"].startswith("query_c")]
    assert len(ends) == 1 and client.of("query_error") == []


async def people_who_come_and_go_in_a_shared_session(stage: Stage) -> None:
    session = await create_session(stage)
    path = f"/ws/collaboration/{session}"
    async with guest(stage, "collaboration", path) as stays:
        await stays.expect("session_state")
        for number in range(stage.random.randint(2, 6)):
            async with guest(stage, "collaboration", path) as client:
                await client.expect("session_state")
                await client.send("update_query", {"query": f"SELECT {number}"}, id=str(number))
                await client.expect("doc_saved")
                if stage.random.random() < 0.5:
                    client.connection.transport.abort()
        last = f"SELECT {number}"
        if not any(one["query"] == last for one in stays.of("query_updated")):
            await stays.expect("query_updated", where=lambda payload: payload["query"] == last)


async def create_session(stage: Stage) -> str:
    """Make a shared session and return its id."""
    headers = {"Authorization": f"Token {stage.server.token}"}
    async with httpx.AsyncClient(trust_env=False, timeout=2 * DEADLINE, headers=headers) as http:
        answer = await http.post(f"{stage.server.address}/api/v1/sessions", json={"title": "stress"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return str(made["id"])


async def a_flood_to_an_endpoint_is_closed(stage: Stage) -> None:
    client = await raw_ws.Client.open(stage.server.port, stage.handshake(path=PATHS["monitoring"]))
    client.send(raw_ws.text('{"type":"ping"}') * 400)
    while (received := await client.frame())[0] != raw_ws.CLOSE:
        pass
    assert int.from_bytes(received[1][:2], "big") == 1008
    client.writer.transport.abort()
    await asyncio.sleep(0)


ENDPOINT_SCENARIOS = (
    pages_report_and_are_gone,
    messages_that_no_endpoint_knows,
    frames_that_break_the_protocol_of_an_endpoint,
    queries_torn_down_in_the_middle_of_their_rows,
    a_query_that_is_cancelled_ends_once,
    people_who_come_and_go_in_a_shared_session,
    a_flood_to_an_endpoint_is_closed,
)
