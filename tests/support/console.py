"""Somebody at the query console of a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.presence_server import PresenceServer
from tests.support.socket_client import EndpointClient, Message, open_endpoint
from tests.support.waiting import eventually_async

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
ENDS = ("query_completed", "query_error", "query_cancelled")


def numbers(count: int) -> str:
    return f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {count}) SELECT x, x * 2 AS y FROM n"


@asynccontextmanager
async def console(server: PresenceServer, token: str | None = None) -> AsyncIterator[EndpointClient]:
    async with open_endpoint(server.address, "/ws/query", "query", token=token or server.token) as client:
        await client.expect("connected")
        yield client


async def begin(client: EndpointClient, query: str, **more: Any) -> str:
    """Run a query; return the id of the execution once it has started."""
    await client.send("execute_query", {"query": query, **more})
    return str((await client.expect("query_started"))["executionId"])


async def end(client: EndpointClient) -> Message:
    """Read to the end of the execution; return the last message."""
    while (message := await client.next())["type"] not in ENDS:
        pass
    return message


def record(server: PresenceServer, id: str) -> Message:
    with server.api() as api:
        found: Message = api.get(f"/api/v1/queries/executions/{id}")
    return found


async def ended_as(server: PresenceServer, id: str, state: str) -> Message:
    """Wait until the record of an execution has that state."""
    await eventually_async(lambda: record(server, id)["state"] == state)
    return record(server, id)
