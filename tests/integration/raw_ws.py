"""A WebSocket client that may break every rule, and the uvicorn server and echo application it talks to.

Everything waits for a condition with a deadline: ``DEADLINE`` seconds, only ever reached by a failing test.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import uvicorn
import uvloop

from realtime.transport import EXTENSION, DirectSocket

DEADLINE = 30.0
MASK = b"\x37\xfa\x21\x3d"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # this and its answer are the example of RFC 6455, 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

Scope = dict[str, Any]
Receive = Callable[[], Coroutine[Any, Any, dict[str, Any]]]
Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
T = TypeVar("T")


# --- frames ---


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes | None = MASK) -> bytes:
    """Build one frame, right or wrong: ``rsv`` is 0-7, ``mask=None`` leaves the payload in clear."""
    first, size = (fin << 7) | (rsv << 4) | opcode, len(payload)
    width = 0 if size < 126 else 2 if size < 65536 else 8
    length = size if width == 0 else 126 if width == 2 else 127
    head = bytes((first, length | (0x80 if mask else 0))) + (size.to_bytes(width, "big") if width else b"")
    return head + (mask + masked(payload, mask) if mask else payload)


def masked(payload: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask."""
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def text(payload: str | bytes = "", *, fin: bool = True) -> bytes:
    """A text frame."""
    return frame(TEXT, payload.encode() if isinstance(payload, str) else payload, fin=fin)


def cont(payload: str | bytes = "", *, fin: bool = False) -> bytes:
    """A continuation frame."""
    return frame(CONT, payload.encode() if isinstance(payload, str) else payload, fin=fin)


def close_payload(code: int, reason: bytes = b"") -> bytes:
    """The body of a close frame."""
    return code.to_bytes(2, "big") + reason


def close(code: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, close_payload(code, reason))


def request(path: str = "/", *, drop: str = "", **headers: str) -> bytes:
    """A good handshake without the header ``drop`` and with ``headers`` (``_`` stands for ``-``) instead of its own."""
    fields = {
        "host": "127.0.0.1",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-key": KEY,
        "sec-websocket-version": "13",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if name != drop]
    return f"GET {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")


async def within(awaitable: Awaitable[T]) -> T:
    """Await something that has to happen."""
    async with asyncio.timeout(DEADLINE):
        return await awaitable


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that other tasks bring about."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


# --- the client ---


@dataclass
class Response:
    """The answer to a request."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class Client:
    """A TCP connection that speaks only what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None) -> Self:
        """Open the connection, without a handshake."""
        return cls(*await within(asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=1 << 20)))

    @classmethod
    async def open(cls, port: int, handshake: bytes | None = None) -> Self:
        """Open a WebSocket."""
        client = await cls.connect(port)
        client.send(handshake or request())
        response = await client.response()
        assert response.status == 101, response
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Write at once."""
        self.writer.write(data)

    def reading(self, wanted: bool) -> None:
        """Be a slow reader, or no longer."""
        transport: Any = self.writer.transport
        (transport.resume_reading if wanted else transport.pause_reading)()

    async def close(self) -> None:
        """Close the connection and wait for that."""
        self.writer.close()
        await within(self.writer.wait_closed())

    async def send_in_pieces(self, data: bytes, size: int = 1) -> None:
        """Write piece by piece, each in a segment of its own (as far as the kernel lets us)."""
        for start in range(0, len(data), size):
            if not self.writer.transport.is_closing():
                self.writer.write(data[start : start + size])
                await asyncio.sleep(0)

    async def response(self) -> Response:
        """Read an HTTP response with a Content-Length, or a 101."""
        head = (await within(self.reader.readuntil(b"\r\n\r\n"))).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        response = Response(int(head[0].split(" ")[1]), headers)
        if response.status != 101:
            response.body = await within(self.reader.readexactly(int(headers.get("content-length", "0"))))
        return response

    async def frame(self) -> tuple[int, bytes]:
        """Read one frame of the server: opcode and payload. It must be whole and in clear."""
        first, length = await within(self.reader.readexactly(2))
        assert first & 0xF0 == 0x80 and length < 0x80
        if length > 125:
            length = int.from_bytes(await within(self.reader.readexactly(2 if length == 126 else 8)), "big")
        return first & 0x0F, await within(self.reader.readexactly(length))

    async def echoes(self) -> tuple[list[str | bytes], list[bytes]]:
        """Return the messages and the pongs that come until the echo of a mark sent now: the socket lives."""
        self.send(text("the mark"))
        messages: list[str | bytes] = []
        pongs: list[bytes] = []
        while True:
            opcode, payload = await self.frame()
            if opcode == TEXT and payload == b"the mark":
                return messages, pongs
            if opcode == PONG:
                pongs.append(payload)
            else:
                assert opcode in (TEXT, BINARY), (opcode, payload)
                messages.append(payload.decode() if opcode == TEXT else payload)

    async def close_code(self, *, answer: bool = False) -> int | None:
        """Read to the end of the connection, where only a close frame may come: its code, 1005 without, None if none.

        ``answer`` it, as an honest client does that did not start the closing handshake.
        """
        code: int | None = None
        try:
            while True:
                opcode, payload = await self.frame()
                assert opcode == CLOSE and code is None, (opcode, payload)
                code = int.from_bytes(payload[:2], "big") if payload else 1005
                if answer:
                    self.send(frame(CLOSE, payload))
        except asyncio.IncompleteReadError as end:
            assert end.partial == b""
        except OSError:  # reset, which may have overtaken the close frame
            pass
        return code


# --- the application ---


class EchoApp:
    """Echoes every message; a text that is a command it obeys. Over HTTP it says ``plain http``.

    Commands: ``close <code> <reason>``, ``raise``, ``return`` (without closing). Another application may serve a path
    of its own, by ``routes``.
    """

    def __init__(self, *, hand_over: bool = True) -> None:
        self.hand_over = hand_over
        self.routes: dict[str, App] = {}
        self.disconnects: list[int] = []
        self.received: list[str | bytes] = []
        self.scope: Scope = {}
        """That of the latest socket."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await answer_http(send)
        elif scope["path"] in self.routes:
            await self.routes[scope["path"]](scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        if not self.hand_over:
            await self._echo(receive, send)
            return
        direct: DirectSocket = scope["extensions"][EXTENSION]
        assert direct.hand_over(EchoReceiver(self, direct))

    async def _echo(self, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] == "websocket.receive":
            message: str | bytes = event["text"] if event.get("text") is not None else event["bytes"]
            self.received.append(message)
            command, *arguments = message.split(" ") if isinstance(message, str) else [""]
            if command == "return":
                return
            if command == "raise":
                raise ValueError("as told")
            with contextlib.suppress(OSError):  # the peer may be gone; the next event says so
                if command == "close":
                    await send(
                        {"type": "websocket.close", "code": int(arguments[0]), "reason": " ".join(arguments[1:])}
                    )
                else:
                    await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})
        self.disconnects.append(event["code"])


class EchoReceiver:
    """The same as a ``realtime.transport.Receiver``."""

    def __init__(self, app: EchoApp, direct: DirectSocket) -> None:
        self.app = app
        self.direct = direct
        self.signs_of_life = 0

    def message_received(self, data: str | bytes) -> None:
        """Echo or obey."""
        self.app.received.append(data)
        command, *arguments = data.split(" ") if isinstance(data, str) else [""]
        if command == "raise":
            raise ValueError("as told")
        if command == "close":
            self.direct.close(int(arguments[0]), " ".join(arguments[1:]))
        elif isinstance(data, str):
            self.direct.write(frame(TEXT, data.encode(), mask=None))
        else:
            self.direct.write(frame(BINARY, data, mask=None))

    def activity(self) -> None:
        """Count."""
        self.signs_of_life += 1

    def writing_resumed(self) -> None:
        """Nothing waits here."""

    def connection_closed(self, code: int) -> None:
        """Note the code."""
        self.app.disconnects.append(code)


async def answer_http(send: Send) -> None:
    """A small response over HTTP."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"10")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"plain http"})


# --- the server ---


class QuickServer(uvicorn.Server):
    """Uvicorn, without the tenth of a second until it notices that it should exit."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.loop: asyncio.AbstractEventLoop
        self.leave: asyncio.Event

    async def main_loop(self) -> None:
        """Tick once, then wait to be told."""
        self.loop, self.leave = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.running = True
        await self.leave.wait()

    running = False


class Running:
    """A uvicorn server in a thread of this process, on an event loop of its own and a free port."""

    def __init__(self, app: App, loop: str, options: dict[str, Any]) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        settings: dict[str, Any] = {"http": "realtime.server.protocol:PresenceProtocol", "lifespan": "off"}
        settings |= {"log_config": None, "ws_per_message_deflate": False, "timeout_graceful_shutdown": 2} | options
        self.port: int = listener.getsockname()[1]
        self.server = QuickServer(uvicorn.Config(app, **settings))
        self._thread = threading.Thread(target=self._serve, args=(listener, loop), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + DEADLINE
        while not self.server.running and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert self.server.running

    def _serve(self, listener: socket.socket, loop: str) -> None:
        factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(self.server.serve([listener]))

    @property
    def state(self) -> uvicorn.server.ServerState:
        """Uvicorn's registers of connections and tasks."""
        return self.server.server_state

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function on the server's loop."""

        async def called() -> T:
            return function()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(called(), self.server.loop))

    def end(self) -> None:
        """Shut down as a signal would, and see it end. Clients of the calling loop cannot act meanwhile."""
        if self._thread.is_alive():
            self.server.loop.call_soon_threadsafe(self.server.leave.set)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    async def stop(self) -> None:
        """The same, while clients may act."""
        await asyncio.to_thread(self.end)


@asynccontextmanager
async def running(app: App, loop: str = "asyncio", **options: Any) -> AsyncIterator[Running]:
    """Run uvicorn with ``app`` until the end of the block."""
    run = Running(app, loop, options)
    try:
        yield run
    finally:
        await run.stop()
