"""Frames written past the transport, on real sockets and both event loops: whole, in order, none to a stranger."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from realtime.direct import NOWHERE
from realtime.hub import Hub
from realtime.lane import CHUNK
from realtime.protocol import CloseCode, SubscribePayload
from realtime.server.protocol import PresenceProtocol
from realtime.transport import EXTENSION, DirectTransport
from tests.integration.raw_ws import request as handshake
from tests.support.hub import join, make_alert, make_event, make_hub
from tests.support.waiting import eventually_async

Body = Callable[[], Coroutine[Any, Any, None]]
Run = Callable[[Body], None]
BULKY = b'{"alert":{"id":%d,"bulk":"' + b"x" * 4_000 + b'"}}'


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a test's body on each kind of event loop."""

    def on_loop(body: Body) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(body())

    return on_loop


class Line:
    """A socket that was accepted by our server protocol and joined a hub, and the client's end of it."""

    async def open(self, hub: Hub, *topics: str) -> Line:
        """Shake hands, and subscribe."""
        self.hub = hub
        self.protocol: Any = None
        ours, self.client = socket.socketpair()
        for end in (ours, self.client):
            end.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
        config = Config(self.app, interface="asgi3", log_config=None, ws_ping_interval=None)
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: PresenceProtocol(config, state, {}, _loop=loop), ours)
        self.client.send(handshake())
        await eventually_async(lambda: self.protocol is not None)
        self.data = await loop.sock_recv(self.client, 65_536)
        self.data = self.data.partition(b"\r\n\r\n")[2]
        wish = SubscribePayload(types=list(topics))
        hub.subscriptions.subscribe(self.connection, [hub.topics[name] for name in topics], wish, None)
        return self

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Accept, and let the hub have the socket."""
        await send({"type": "websocket.accept"})
        self.protocol = scope["extensions"][EXTENSION]
        self.connection, _ = join(self.hub, version="1.1")
        self.connection.attach(DirectTransport(self.protocol))
        self.protocol.hand_over(self.connection)

    async def read(self, enough: Callable[[list[Any]], bool]) -> list[Any]:
        """Return what the client was told so far, once it is enough."""
        loop = asyncio.get_running_loop()
        while not enough(found := told(self.data)):
            data = await asyncio.wait_for(loop.sock_recv(self.client, 65_536), 30)
            assert data, "the connection has ended"
            self.data += data
        return found


def told(data: bytes) -> list[Any]:
    """Return the JSON in all whole text frames; bytes that begin no text frame fail."""
    found = []
    while len(data) > 9:
        assert data[0] == 0x81, data[:20]
        head = {126: 4, 127: 10}.get(data[1], 2)
        size = data[1] if head == 2 else int.from_bytes(data[2:head], "big")
        if len(data) < head + size:
            break
        found.append(json.loads(data[head : head + size]))
        data = data[head + size :]
    return found


def last(found: list[Any]) -> str:
    """Return the name of the newest event."""
    return str(found[-1]["event"]) if found else ""


def alerts(found: list[Any]) -> list[int]:
    """Return the numbers of all alerts that came as events, batched or not."""
    events = [entry for one in found for entry in one["data"].get("events", [one])]
    return [entry["data"]["alert"]["id"] for entry in events if entry["event"] == "health_alert"]


def test_an_event_goes_to_the_descriptor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        hub, _ = make_hub()
        line = await Line().open(hub, "status")
        assert line.protocol.direct == line.protocol._transport.get_extra_info("socket").fileno()
        monkeypatch.setattr(PresenceProtocol, "write", None)  # the transport's way would fail
        hub.feed.take(make_event(1))
        found = await line.read(lambda found: last(found) == "status_update")
        assert found[-1]["data"]["timestamp"] == 1

    run(body)


def test_what_a_full_socket_does_not_take_follows_whole_and_in_order(run: Run) -> None:
    async def body() -> None:
        hub, _ = make_hub()
        line = await Line().open(hub, "health")
        count = 200
        for number in range(1, count + 1):
            hub.feed.take(make_alert(number, data=BULKY % number, priority="high"))
            await asyncio.sleep(0)
        assert line.protocol.paused and line.protocol.direct == NOWHERE
        found = await line.read(lambda found: len(alerts(found)) >= count)
        assert alerts(found) == list(range(1, count + 1))
        await eventually_async(lambda: line.protocol.direct != NOWHERE)
        hub.feed.take(make_alert(count + 1, priority="high"))
        assert alerts(await line.read(lambda found: len(alerts(found)) > count))[-1] == count + 1

    run(body)


def test_a_pause_before_the_hub_has_the_socket_leaves_no_trace(run: Run) -> None:
    async def body() -> None:
        hub, _ = make_hub()
        line = await Line().open(hub, "status")
        line.protocol._receiver = None
        line.protocol.pause_writing()
        line.protocol.resume_writing()
        line.protocol.hand_over(line.connection)
        hub.feed.take(make_event(1))
        assert line.protocol.direct != NOWHERE
        assert (await line.read(lambda found: last(found) == "status_update"))[-1]["data"]["timestamp"] == 1

    run(body)


def test_nothing_goes_to_a_descriptor_after_its_socket_was_closed(run: Run) -> None:
    async def body() -> None:
        hub, _ = make_hub()
        lines = [await Line().open(hub, "status") for _ in range(4)]
        lines[0].connection.end(CloseCode.SERVICE_RESTART, "restart", reconnect=True)
        lines[1].connection.drop()
        lines[2].client.close()
        await eventually_async(lambda: lines[2].connection.closing)
        assert [line.protocol.direct for line in lines[:3]] == [NOWHERE] * 3
        await eventually_async(lambda: lines[1].connection not in hub.connections)
        reader, writer = os.pipe()  # takes a number that has become free
        hub.feed.take(make_event(1))
        assert (await lines[3].read(lambda found: last(found) == "status_update"))[-1]["data"]["timestamp"] == 1
        os.close(writer)
        assert os.read(reader, 1) == b""
        os.close(reader)

    run(body)


def test_who_leaves_and_who_comes_in_the_middle_of_a_broadcast(run: Run) -> None:
    async def body() -> None:
        hub, _ = make_hub()
        crowd = [join(hub, version="1.1") for _ in range(CHUNK)]
        for connection, _ in crowd:
            hub.subscriptions.subscribe(connection, [hub.topics["health"]], SubscribePayload(types=["health"]), None)
        leaver, stayer = await Line().open(hub, "health"), await Line().open(hub, "health")
        hub.feed.take(make_alert(1, priority="high"))  # the first hundred at once, the two in the next turn
        await asyncio.sleep(0)
        hub.subscriptions.leave(leaver.connection, "health")
        newcomer = await Line().open(hub, "health")
        assert alerts(await stayer.read(lambda found: bool(alerts(found)))) == [1]
        hub.feed.take(make_alert(2, priority="high"))
        assert alerts(await newcomer.read(lambda found: bool(alerts(found)))) == [2]
        assert alerts(await stayer.read(lambda found: len(alerts(found)) > 1)) == [1, 2]
        leaver.connection.write(b'{"event":"bye","data":{}}')
        assert alerts(await leaver.read(lambda found: last(found) == "bye")) == []
        (lane,) = hub.subscriptions.lanes.values()
        await eventually_async(lambda: not lane._apart)

    run(body)
