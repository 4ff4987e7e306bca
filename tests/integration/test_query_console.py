"""The query console of a running server: every execution has exactly one end, whatever happens."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import servers
from tests.support.console import ENDLESS, ENDS, begin, console, end, ended_as, numbers, record
from tests.support.people import api_of, token_of
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer
from tests.support.socket_client import EndpointClient, Message
from tests.support.waiting import eventually_async


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """One server with a short grace period."""
    with servers(tmp_path_factory.mktemp("console"), prepared_sqlite) as make:
        running = make("serve", QUERY_GRACE="2", QUERY_TIMEOUT="60000", QUERY_QUEUED_PER_USER="1")
        running.start()
        yield running


async def test_a_query_starts_streams_and_completes_in_order(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, numbers(1_200), options={"rowFormat": "array", "countRows": True}, clientId="tab-1")
        last = await end(client)
        assert last["type"] == "query_completed" and last["payload"]["result"]["rows"] == 1_200
        order = [m["type"] for m in client.received if m["type"] != "query_progress"][1:]
        assert order[:2] == ["query_started", "data_stream_start"]
        assert order[-2:] == ["data_stream_complete", "query_completed"]
        assert client.of("query_started")[0]["clientId"] == "tab-1"
        assert client.of("data_stream_start")[0]["totalRows"] == 1_200
        chunks = client.of("data_chunk")
        assert [chunk["seq"] for chunk in chunks] == list(range(1, len(chunks) + 1))
        assert [row for chunk in chunks for row in chunk["data"]] == [[x, x * 2] for x in range(1, 1_201)]
        shares = [p["progress"] for p in client.of("query_progress") if p["progress"] is not None]
        assert all(0 <= share <= 100 for share in shares)
    found = await ended_as(server, id, "completed")
    assert found["rows"] == 1_200 and found["user"] == "ada" and found["rowsKept"]


async def test_a_plain_client_gets_objects(server: PresenceServer) -> None:
    async with console(server) as client:
        await begin(client, "SELECT 1 AS a, 2 AS a, 9007199254740993 AS large, x'00' AS b, 1e999 AS inf")
        await end(client)
        row = {"a": 1, "a_2": 2, "large": "9007199254740993", "b": "AA==", "inf": "Infinity"}
        assert client.of("data_chunk")[0]["data"] == [row]


async def test_an_error_comes_once_and_says_where(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, "SELECT nope FROM hosts")
        last = await end(client)
        assert last["payload"]["error"] == {
            "code": "UNKNOWN_NAME",
            "message": "No such column: nope.",
            "position": 8,
        }
    assert (await ended_as(server, id, "failed"))["error"]["code"] == "UNKNOWN_NAME"


async def test_somebody_who_is_no_analyst_runs_nothing(server: PresenceServer) -> None:
    token = token_of(server, "viewer")
    async with console(server, token) as client:
        await client.send("execute_query", {"query": "SELECT 1"}, id="m1")
        refused = await end(client)
        assert refused["id"] == "m1" and refused["payload"]["executionId"] is None
        assert refused["payload"]["error"]["code"] == "NOT_ALLOWED"
    with api_of(server, token) as api:
        assert api.http.get("/api/v1/queries/executions").status_code == 403


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": ""}, "EMPTY_QUERY"),
        ({"query": "SELECT '" + "x" * 1_000_000 + "'"}, "TOO_LARGE"),
        ({"query": "SELECT 1", "source": 999}, "SOURCE_NOT_FOUND"),
        ({"query": "SELECT 1\0"}, "SYNTAX_ERROR"),
        ({"query": "SELECT :a", "parameters": {"a": 2**70}}, "INVALID_PARAMETERS"),
        ({"query": 5}, "INVALID_MESSAGE"),
        ({"query": "SELECT 1", "options": {"maxRows": 0}}, "INVALID_MESSAGE"),
        ({}, "INVALID_MESSAGE"),
    ],
)
async def test_bad_input_is_refused(server: PresenceServer, payload: Message, code: str) -> None:
    async with console(server) as client:
        await client.send("execute_query", payload)
        assert (await client.next())["payload"]["error"]["code"] == code


async def test_a_cancel_ends_it_once_and_the_worker_is_gone(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, ENDLESS)
        await client.expect("query_progress", lambda p: p["step"] == "running")
        await client.send("cancel_query", {"executionId": id})
        last = await end(client)
        assert last["type"] == "query_cancelled" and last["payload"]["reason"] == "user"
        await client.send("cancel_query", {"executionId": id})  # again: nothing more comes
        await client.send("ping")
        assert (await client.next())["type"] == "pong"
    await ended_as(server, id, "cancelled")
    await eventually_async(lambda: busy_workers(server) == 0)


def web_process(server: PresenceServer) -> psutil.Process:
    assert server.web.popen is not None
    return psutil.Process(server.web.popen.pid)


def busy_workers(server: PresenceServer) -> int:
    """Return how many processes of queries use the processor."""
    children = web_process(server).children(recursive=True)
    return sum(child.cpu_percent(interval=0.1) > 20 for child in children if child.is_running())


async def test_a_query_that_takes_too_long_is_ended(server: PresenceServer) -> None:
    async with console(server) as client:
        await begin(client, ENDLESS, options={"timeoutMs": 300})
        assert (await end(client))["payload"]["error"]["code"] == "TIMEOUT"


async def test_a_new_run_of_the_same_socket_replaces_the_old_one(server: PresenceServer) -> None:
    async with console(server) as client:
        first = await begin(client, ENDLESS)
        second = await begin(client, "SELECT 1")
        ends = {m["payload"]["executionId"]: m for m in [await _next_end(client, client.received), await end(client)]}
        assert ends[first]["payload"]["reason"] == "replaced"
        assert ends[second]["type"] == "query_completed"


async def _next_end(client: EndpointClient, received: list[Message]) -> Message:
    for message in received:
        if message["type"] in ENDS:
            return message
    return await end(client)


async def test_a_lost_socket_is_taken_up_where_it_was(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, numbers(5_000), options={"rowFormat": "array"})
        seen = [row for chunk in [await client.expect("data_chunk") for _ in range(3)] for row in chunk["data"]]
        client.connection.transport.abort()
    async with console(server) as client:
        await client.send("attach", {"executionId": id, "seq": 3})
        assert (await client.expect("query_started"))["attached"] is True
        assert (await end(client))["type"] == "query_completed"
        rest = client.of("data_chunk")
        assert rest[0]["seq"] == 4
        assert seen + [row for chunk in rest for row in chunk["data"]] == [[x, 2 * x] for x in range(1, 5_001)]


async def test_a_client_that_stays_away_is_a_cancel(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, ENDLESS)
        client.connection.transport.abort()
    found = await ended_as(server, id, "cancelled")
    assert found["cancelReason"] == "disconnected"
    async with console(server) as client:
        await client.send("attach", {"executionId": id})
        assert (await end(client))["type"] == "query_cancelled"


async def test_a_clean_close_is_a_cancel_at_once(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, ENDLESS)
        await client.connection.close(1000)
    assert (await ended_as(server, id, "cancelled"))["cancelReason"] == "disconnected"


async def test_a_worker_that_is_killed_is_an_error_once(server: PresenceServer) -> None:
    async with console(server) as client:
        await begin(client, ENDLESS)
        await client.expect("query_progress", lambda p: p["step"] == "running")
        children = web_process(server).children(recursive=True)
        busiest = max(children, key=lambda child: sum(child.cpu_times()[:2]))
        busiest.kill()
        last = await end(client)
        assert last["payload"]["error"]["code"] == "OUT_OF_MEMORY"
        await client.send("ping")
        assert (await client.next())["type"] == "pong"
        await begin(client, "SELECT 1")
        assert (await end(client))["type"] == "query_completed"


async def test_a_sandbox_that_is_killed_is_started_again(server: PresenceServer) -> None:
    async with console(server) as client:
        await begin(client, ENDLESS)
        await client.expect("query_progress", lambda p: p["step"] == "running")
        for child in web_process(server).children():
            child.kill()
        assert (await end(client))["type"] == "query_error"
        await begin(client, "SELECT 1")
        assert (await end(client))["type"] == "query_completed"


async def test_an_acknowledging_client_has_a_window_of_four_chunks(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, numbers(20_000), options={"rowFormat": "array"})
        await client.expect("data_chunk")
        await client.send("ack", {"executionId": id, "seq": 1})
        await eventually_async(lambda: record(server, id)["state"] == "completed")  # the worker never waits for readers
        await client.send("ping")
        await client.expect("pong")
        sent = len(client.of("data_chunk"))
        acked = sent
        while not [m for m in client.received if m["type"] in ENDS]:
            await client.send("ack", {"executionId": id, "seq": acked})
            message = await client.next()
            if message["type"] == "data_chunk":
                assert message["payload"]["seq"] <= acked + 4
                acked = message["payload"]["seq"]
        assert sum(len(chunk["data"]) for chunk in client.of("data_chunk")) == 20_000


async def test_more_than_may_run_wait_and_more_than_may_wait_are_refused(server: PresenceServer) -> None:
    token = token_of(server, "quentin")
    async with console(server, token) as one, console(server, token) as two, console(server, token) as three:
        running = [await begin(one, ENDLESS), await begin(two, ENDLESS)]
        await three.send("execute_query", {"query": "SELECT 1"})
        assert (await three.expect("query_started"))["queued"] is True
        assert (await three.expect("query_progress"))["position"] == 1
        await one.send("cancel_query", {"executionId": running[0]})
        assert (await end(three))["type"] == "query_completed"


async def test_a_share_lets_a_colleague_watch_and_cancel_if_allowed(server: PresenceServer) -> None:
    guest = token_of(server, "guest")
    async with console(server) as runner, console(server, guest) as watcher:
        id = await begin(runner, ENDLESS)
        await watcher.send("attach", {"executionId": id}, id="a")
        assert (await watcher.expect("error"))["code"] == "EXECUTION_NOT_FOUND"
        await watcher.send("attach", {"executionId": id, "share": "forged"}, id="b")
        assert (await watcher.expect("error"))["code"] == "SHARE_INVALID"
        await eventually_async(lambda: exists(server, id))
        for allow in (False, True):
            with server.api() as api:
                made = api.http.post(f"/api/v1/queries/executions/{id}/share", json={"allowCancel": allow}).json()
            assert made["link"].startswith("/console#run=")
            await watcher.send("attach", {"executionId": id, "share": made["share"]})
            assert (await watcher.expect("query_started"))["user"] == "ada"
            await watcher.send("cancel_query", {"executionId": id}, id="c")
            if not allow:
                assert (await watcher.expect("error"))["code"] == "UNAUTHORIZED"
        for client in (runner, watcher):
            last = await end(client)
            assert last["type"] == "query_cancelled" and last["payload"]["by"] == "guest"


def exists(server: PresenceServer, id: str) -> bool:
    with server.api() as api:
        return bool(api.http.get(f"/api/v1/queries/executions/{id}").status_code == 200)


async def test_a_share_that_is_taken_back_sends_away_who_watches(server: PresenceServer) -> None:
    guest = token_of(server, "guest")
    async with console(server) as runner, console(server, guest) as watcher:
        id = await begin(runner, ENDLESS)
        await eventually_async(lambda: exists(server, id))
        with server.api() as api:
            path = f"/api/v1/queries/executions/{id}/share"
            share = api.http.post(path, json={}).json()["share"]
            await watcher.send("attach", {"executionId": id, "share": share})
            await watcher.expect("query_started")
            assert api.http.delete(path).status_code == 204
        assert (await watcher.expect("error"))["code"] == "SHARE_INVALID"
        await watcher.send("attach", {"executionId": id, "share": share})
        assert (await watcher.expect("error"))["code"] == "SHARE_INVALID"
        with server.api() as api:
            assert api.http.post(f"/api/v1/queries/executions/{id}/cancel").status_code == 202
        assert (await end(runner))["type"] == "query_cancelled"


async def test_a_result_can_be_had_as_csv_and_json(server: PresenceServer) -> None:
    query = "SELECT 1 AS a, NULL AS b, '=1+1' AS c, 9007199254740993 AS d, 'x\"y' AS e, 1 AS a"
    async with console(server) as client:
        id = await begin(client, query)
        await end(client)
    await ended_as(server, id, "completed")
    with server.api() as api:
        answer = api.http.get(f"/api/v1/queries/executions/{id}/export?format=csv")
        assert answer.headers["content-disposition"].endswith('.csv"')
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows == [["a", "b", "c", "d", "e", "a"], ["1", "", "'=1+1", "9007199254740993", 'x"y', "1"]]
        answer = api.http.get(f"/api/v1/queries/executions/{id}/export?format=json")
        assert json.loads(answer.content) == [
            {"a": 1, "b": None, "c": "=1+1", "d": "9007199254740993", "e": 'x"y', "a_2": 1}
        ]
        assert api.http.get(f"/api/v1/queries/executions/{id}/export?format=xml").status_code == 400


async def test_the_dashboard_goes_on_while_queries_attack_the_machine(server: PresenceServer) -> None:
    bomb = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT hex(x) FROM n ORDER BY 1"
    async with server.socket() as dashboard, console(server) as one, console(server) as two:
        await dashboard.subscribe("status")
        await begin(one, bomb)
        await begin(two, ENDLESS)
        before = (await dashboard.expect("status_update"))["timestamp"]
        updates = await dashboard.collect("status_update", 4)
        assert [update["timestamp"] > before for update in updates] == [True] * 4
        for client in (one, two):
            await client.connection.close(1000)


async def test_a_server_that_dies_leaves_no_run_open(server: PresenceServer) -> None:
    async with console(server) as client:
        id = await begin(client, ENDLESS)
        await eventually_async(lambda: exists(server, id))
        children = web_process(server).children(recursive=True)
        server.web.kill()
    assert psutil.wait_procs(children, 30)[1] == []  # no worker outlives its server
    server.start()
    found = await ended_as(server, id, "failed")
    assert found["error"]["code"] == "INTERNAL_ERROR"
    async with console(server) as client:
        await client.send("attach", {"executionId": id})
        assert (await end(client))["type"] == "query_error"


async def test_another_process_with_the_same_data_folder_serves_the_rows_and_cancels(
    tmp_path: Path, prepared_sqlite: Path, redis_server: RedisServer
) -> None:
    with servers(tmp_path, prepared_sqlite) as make:
        first = make("serve", REDIS_URL=redis_server.url)
        second = make("serve", REDIS_URL=redis_server.url, PRESENCE_DATA_DIR=str(first.data))
        first.start()
        second.web.start()
        second.wait_until_live()
        async with console(first) as client:
            id = await begin(client, numbers(3_000), options={"rowFormat": "array"})
            await end(client)
        async with console(second, first.token) as other:
            await other.send("attach", {"executionId": id})
            assert (await end(other))["payload"]["result"]["rows"] == 3_000
            assert sum(len(chunk["data"]) for chunk in other.of("data_chunk")) == 3_000
        async with console(first) as client, console(second, first.token) as other:
            id = await begin(client, ENDLESS)
            await eventually_async(lambda: exists(first, id))
            await other.send("attach", {"executionId": id})
            await other.expect("query_started")
            await other.send("cancel_query", {"executionId": id})
            for one in (client, other):
                assert (await end(one))["type"] == "query_cancelled"
