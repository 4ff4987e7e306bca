"""How a WebSocket comes to be open: uvicorn's ``--http`` class that serves upgrades itself.

``uvicorn.Config(http="realtime.server.protocol:PresenceProtocol")``. It looks at the first request of a connection. A
WebSocket upgrade it answers itself, anything else it hands to uvicorn's own HTTP protocol, bytes and connection, and is
gone; a later upgrade on that connection comes back to it. Uvicorn's own way builds an HTTP protocol with its parser and
flow control for every socket, then re-serialises the request for a second protocol with a second parser. Measured side
by side on uvloop, 5,000 sockets: 3.3 times the connects a second, and 1.9 KB a socket (9.5 with a parked application)
against 23 (``docs/fan-out.md`` has the ladder that led here).

When the last socket has gone nothing stays: with ``gc.disable()`` on uvloop, the allocated blocks after each of five
rounds of 3,000 sockets are the same to 0.3 %. (asyncio's own transport is a cycle, 1 KB a connection; uvloop's is not.)
"""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass
from http.client import responses
from typing import Any, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.utils import (
    ClientDisconnected,
    get_client_addr,
    get_local_addr,
    get_path_with_query_string,
    get_remote_addr,
    is_ssl,
)
from uvicorn.server import ServerState
from websockets.utils import accept_key

from realtime.server.frames import BINARY, TEXT, data_frame
from realtime.server.handshake import (
    BARE_LINE_END,
    MAX_HEAD,
    SWITCHING,
    BadHandshake,
    Headers,
    Request,
    check_handshake,
    header_lines,
    origin_form,
    parse_request,
)
from realtime.server.serving import Serving
from realtime.server.websocket import CLOSED, OPEN, OPENING, OpenSocket
from realtime.transport import EXTENSION, FIRST_FRAMES

logger = logging.getLogger("uvicorn.error")

_servings: WeakKeyDictionary[ServerState, Serving] = WeakKeyDictionary()


@dataclass(slots=True)
class Opening:
    """What a socket needs until its handshake is answered, and not one byte longer."""

    config: Config
    server_state: ServerState
    app_state: dict[str, Any]
    upgraded: bool = False
    """The request comes from uvicorn's HTTP protocol: there is nobody to hand it to."""
    key: str | None = None
    """Known once the request is read and good."""
    scope: Any = None
    denial: tuple[int, Headers, bytearray] | None = None


class PresenceProtocol(OpenSocket):
    """One connection of uvicorn's, as its ``--http`` class or (also) as its ``--ws`` class."""

    __slots__ = ("_connect_told", "_opening")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        serving = _servings.get(server_state)
        if serving is None:
            if not config.loaded:
                config.load()
            serving = _servings[server_state] = Serving(
                config, server_state, _loop or asyncio.get_event_loop(), OpenSocket
            )
        super().__init__(serving)
        self._opening: Opening | None = Opening(config, server_state, app_state)
        self._connect_told = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin. Uvicorn's HTTP protocol makes this call while the transport is still its own."""
        assert self._opening is not None
        self._transport = cast(asyncio.Transport, transport)
        before: Any = self._transport.get_protocol()
        if before is not self:
            self._opening.upgraded = True
            if hasattr(before, "parser"):  # httptools': they hold each other, and it will not see connection_lost
                before.parser = None
        self._serving.connections.add(self)
        self._serving.heads.set(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, whatever we were at."""
        if self._opening is not None and self._opening.key is None:
            self._opening = None
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End because the server does: 1012 on an open socket, 503 on one whose handshake waits for the application.

        Our side of the connection closes with that, so that a peer which does not answer the close frame still hears
        that we are gone; the others' answers are read.
        """
        if self._state == OPENING and self._opening is not None and self._opening.key is not None:
            self._respond(503, [], b"The server is shutting down.\n")
        elif self._state in (OPENING, CLOSED):
            self._transport.close()
        else:
            self.close(1012, "")
            if self._transport.can_write_eof():
                self._write_eof()

    # --- the request ---

    def _opening_data(self, data: bytes) -> None:
        assert self._opening is not None
        buffer, seen = (data, 0) if self._buffer is None else (self._buffer, len(self._buffer))
        if isinstance(buffer, bytearray):
            buffer += data
        if self._opening.key is not None:  # frames, before the application has accepted them
            self._keep(buffer, 0)
            self._pause_reading()
            return
        end = buffer.find(b"\r\n\r\n", max(0, seen - 3))
        if end >= 0:
            self._buffer = None
            self._head_received(self._opening, bytes(buffer), end)
        elif not self._opening.upgraded and _not_for_us(buffer, seen):
            self._serve_http(self._opening, bytes(buffer))
        else:
            self._keep(buffer, 0)

    def _head_received(self, opening: Opening, data: bytes, end: int) -> None:
        self._serving.heads.forget(self)
        try:
            request = _forwarded(data[:end]) if opening.upgraded else _upgrade(opening.config, data[:end])
            if request is None:
                self._serve_http(opening, data)
                return
            if end > MAX_HEAD:
                raise BadHandshake(431, f"The handshake's headers are longer than {MAX_HEAD} bytes.")
            opening.key = check_handshake(request)
            opening.scope = self._scope(opening, request)
        except BadHandshake as error:
            self._respond(error.status, error.headers, f"{error}\n".encode())
            return
        if len(data) > end + 4:
            self._opening_data(data[end + 4 :])
        task = self._serving.loop.create_task(self._run_app(opening.scope))
        self._serving.tasks.add(task)
        task.add_done_callback(self._serving.tasks.discard)

    def _serve_http(self, opening: Opening, data: bytes) -> None:
        """Hand connection and bytes to uvicorn's HTTP protocol; upgrades it meets later come back to this class."""
        make: Any = AutoHTTPProtocol
        protocol = make(opening.config, opening.server_state, opening.app_state, _loop=self._serving.loop)
        if protocol.ws_protocol_class is not None:
            protocol.ws_protocol_class = type(self)
        self._opening = self._buffer = None
        self._serving.forget(self)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def _scope(self, opening: Opening, request: Request) -> dict[str, Any]:
        target = request.target if request.target.startswith(b"/") else origin_form(request.target)
        raw_path, _, query_string = target.partition(b"?")
        root_path = opening.config.root_path
        server, client = _addresses(self._transport)
        return {
            "type": "websocket",
            "asgi": {"version": opening.config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": server,
            "client": client,
            "root_path": root_path,
            "path": root_path + unquote(raw_path.decode()),
            "raw_path": root_path.encode() + raw_path,
            "query_string": query_string,
            "headers": request.headers,
            "subprotocols": [token.decode("latin-1") for token in request.tokens(b"sec-websocket-protocol")],
            "state": opening.app_state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: self},
        }

    # --- the application ---

    async def _run_app(self, scope: dict[str, Any]) -> None:
        try:
            await self._serving.app(scope, self.receive, self.send)
        except ClientDisconnected:
            self._app_ended(1006)
        except Exception:
            logger.exception("Exception in ASGI application\n")
            self._app_ended(1011)
        except BaseException:  # cancelled: uvicorn's patience at shutdown has ended
            self._app_ended(1012)
            raise
        else:
            if self._state == OPENING:
                logger.error("ASGI callable returned without completing handshake.")
            self._app_ended(1000)

    def _app_ended(self, code: int) -> None:
        if self._state == OPENING:
            self._respond(500, [], b"Internal Server Error\n")
        elif self._receiver is None or code != 1000:
            self.close(code if code != 1006 else 1000, "")
        self._opening = None

    async def receive(self) -> dict[str, Any]:
        """ASGI ``receive``."""
        if not self._connect_told:
            self._connect_told = True
            return {"type": "websocket.connect"}
        return await super().receive()

    async def send(self, message: dict[str, Any]) -> None:
        """ASGI ``send``; waits while the reader is behind. ``ClientDisconnected`` (an ``OSError``) when it is gone."""
        kind = message["type"]
        if self._opening is not None:
            self._answer(self._opening, kind, message)
        elif kind == "websocket.send":
            if self.paused:
                await self._until_writable()
            if self._state != OPEN:
                raise ClientDisconnected()
            data = message.get("bytes")
            opcode, payload = (TEXT, message["text"].encode()) if data is None else (BINARY, data)
            self._transport.write(data_frame(opcode, payload))
        elif kind == "websocket.close":
            self.close(message.get("code") or 1000, message.get("reason") or "")
        else:
            raise RuntimeError(f"Expected ASGI message 'websocket.send' or 'websocket.close', but got '{kind}'.")

    def _answer(self, opening: Opening, kind: str, message: dict[str, Any]) -> None:
        if opening.denial is not None:
            self._deny(opening.denial, kind, message)
        elif kind == "websocket.accept":
            self._accept(opening, message)
        elif kind == "websocket.close":
            self._log(opening, "403")
            self._respond(403, [], b"Forbidden\n")
        elif kind == "websocket.http.response.start":
            if message["status"] not in range(200, 600):
                raise RuntimeError(f"Invalid HTTP status code {message['status']} in a response.")
            opening.denial = (message["status"], list(message.get("headers", ())), bytearray())
            self._log(opening, str(message["status"]))
        else:
            expected = "'websocket.accept', 'websocket.close' or 'websocket.http.response.start'"
            raise RuntimeError(f"Expected ASGI message {expected}, but got '{kind}'.")

    def _accept(self, opening: Opening, message: dict[str, Any]) -> None:
        headers = list(message.get("headers", ()))
        if message.get("subprotocol"):
            headers.append((b"sec-websocket-protocol", message["subprotocol"].encode("latin-1")))
        lines = header_lines(opening.server_state.default_headers + headers)
        self._opening = None
        if self._state == CLOSED:
            return  # gone meanwhile; the application hears it from its next receive, send or hand_over
        assert opening.key is not None
        self._log(opening, "[accepted]")
        head = SWITCHING + accept_key(opening.key).encode() + b"\r\n" + lines + b"\r\n"
        self._transport.write(head + message.get(FIRST_FRAMES, b""))  # one system call for both
        early, self._buffer = self._buffer, None
        self._opened(b"" if early is None else bytes(early))

    def _deny(self, denial: tuple[int, Headers, bytearray], kind: str, message: dict[str, Any]) -> None:
        if kind != "websocket.http.response.body":
            raise RuntimeError(f"Expected ASGI message 'websocket.http.response.body', but got '{kind}'.")
        status, headers, body = denial
        body += message.get("body", b"")
        if not message.get("more_body", False):
            self._respond(status, headers, bytes(body))

    def _respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer the handshake with a plain HTTP response and end the connection."""
        opening = self._opening
        if self._state != OPENING or opening is None:
            return
        named = {name.lower() for name, _ in headers}
        extra = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        headers = opening.server_state.default_headers + headers + [pair for pair in extra if pair[0] not in named]
        status_line = f"HTTP/1.1 {status} {responses.get(status, '')}\r\n".encode()
        self._transport.write(status_line + header_lines(headers) + b"connection: close\r\n\r\n" + body)
        self._opening = None
        self._hang_up()
        self._gone(1006)

    def _log(self, opening: Opening, outcome: str) -> None:
        if logger.isEnabledFor(logging.INFO):
            address, path = get_client_addr(opening.scope), get_path_with_query_string(opening.scope)
            logger.info('%s - "WebSocket %s" %s', address, path, outcome)


def _addresses(transport: asyncio.Transport) -> tuple[tuple[str, int | None] | None, tuple[str, int] | None]:
    """Return our and the peer's address as uvicorn does, for half the price on TCP: the socket is asked for once."""
    info = transport.get_extra_info("socket")
    if info is None or info.family not in (socket.AF_INET, socket.AF_INET6):
        return get_local_addr(transport), get_remote_addr(transport)
    try:
        (host, port, *_), (peer, peer_port, *_) = info.getsockname(), info.getpeername()
    except OSError:  # gone already
        return None, None
    return (str(host), int(port)), (str(peer), int(peer_port))


def _not_for_us(buffer: bytes | bytearray, seen: int) -> bool:
    """Whether an unfinished head will not become a handshake; ``seen`` bytes of it were looked at before."""
    if not buffer.startswith(b"GET "[: len(buffer)]) or len(buffer) > MAX_HEAD:
        return True
    return BARE_LINE_END.search(buffer, max(0, seen - 2)) is not None


def _upgrade(config: Config, head: bytes) -> Request | None:
    """Return the first request of a connection if it is ours. All else is uvicorn's, malformed requests too."""
    if config.ws_protocol_class is None or not head.startswith(b"GET ") or b"websocket" not in head.lower():
        return None
    try:
        request = parse_request(head)
    except BadHandshake:
        return None
    return request if request.asks_for_websocket() else None


def _forwarded(head: bytes) -> Request:
    """Return a request that uvicorn's HTTP protocol took for an upgrade. ``BadHandshake`` if it is none."""
    request = parse_request(head)
    if not request.asks_for_websocket():
        raise BadHandshake(426, "This is no request for a WebSocket.", (b"upgrade", b"websocket"))
    return request
