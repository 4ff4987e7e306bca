"""The server protocol without a network: any split of the bytes gives the same messages, and no bytes break it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.server import ServerState

from realtime.server.frames import FrameError, close_frame, data_frame, next_frame
from realtime.server.handshake import BadHandshake, check_handshake, parse_request
from realtime.server.protocol import PresenceProtocol
from realtime.transport import EXTENSION, frame_text
from tests.integration.raw_ws import BINARY, CLOSE, CONT, PING, PONG, TEXT, frame, request

MAX_SIZE = 1000
Message = str | bytes


class FakeTransport(asyncio.Transport):
    """Collects what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.protocol: Any = None
        self.written = b""
        self.ended = False

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol  # type: ignore[no-any-return]

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.ended

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


class Recorder:
    """A receiver that writes everything down."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.signs = 0
        self.codes: list[int] = []

    def message_received(self, data: Message) -> None:
        self.messages.append(data)

    def activity(self) -> None:
        self.signs += 1

    def writing_resumed(self) -> None: ...

    def connection_closed(self, code: int) -> None:
        self.codes.append(code)


class Peer:
    """A protocol on a fake transport, on an event loop that runs only when told."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.recorder = Recorder()
        self.transport = FakeTransport()
        config = Config(self.app, interface="asgi3", log_config=None, ws_max_size=MAX_SIZE, ws_ping_interval=None)
        config.load()
        self.state = ServerState()
        self.protocol = PresenceProtocol(config, self.state, {}, _loop=loop)
        self.transport.protocol = self.protocol
        self.protocol.connection_made(self.transport)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            scope["extensions"][EXTENSION].hand_over(self.recorder)

    def receive(self, data: bytes) -> None:
        """Give it bytes from the network, and let the loop run."""
        self.transport.protocol.data_received(data)
        self.settle()

    def settle(self) -> None:
        """Run what is ready."""
        for _ in range(3):
            self.loop.run_until_complete(asyncio.sleep(0))

    def open(self) -> None:
        """Shake hands."""
        self.receive(request())
        assert self.transport.written.startswith(b"HTTP/1.1 101 ")
        self.transport.written = b""

    def lose(self) -> None:
        """The connection ends."""
        self.transport.protocol.connection_lost(None)
        self.settle()


@contextmanager
def peer() -> Iterator[Peer]:
    loop = asyncio.new_event_loop()
    try:
        yield Peer(loop)
    finally:
        loop.close()


# --- any split gives the same ---

payloads = st.one_of(st.text(max_size=200).map(str), st.binary(max_size=200))


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[Message], list[bytes]]:
    """Valid frames: the bytes, the messages in them, and the pongs that they ask for."""
    stream, messages, pongs = b"", [], []
    for message in draw(st.lists(payloads, max_size=5)):
        data = message.encode() if isinstance(message, str) else message
        cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=3)))
        parts = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        for number, part in enumerate(parts):
            opcode = CONT if number else TEXT if isinstance(message, str) else BINARY
            stream += frame(opcode, part, fin=number == len(parts) - 1, mask=draw(st.binary(min_size=4, max_size=4)))
            if draw(st.booleans()):
                pongs.append(draw(st.binary(max_size=125)))
                stream += frame(PING, pongs[-1])
        messages.append(message)
    return stream, messages, pongs


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


@given(streams(), st.lists(st.integers(0, 10_000), max_size=30))
def test_any_split_gives_the_same_messages_and_pongs(
    stream: tuple[bytes, list[Message], list[bytes]], cuts: list[int]
) -> None:
    data, messages, pongs = stream
    with peer() as one:
        one.open()
        for piece in split(data, cuts):
            one.protocol.data_received(piece)
        assert one.recorder.messages == messages
        assert one.transport.written == b"".join(frame(PONG, payload, mask=None) for payload in pongs)
        assert one.recorder.signs == len(pongs) and not one.transport.ended


@given(streams(), st.lists(st.integers(0, 10_000), max_size=30))
def test_any_split_from_the_handshake_on_gives_the_same_messages(
    stream: tuple[bytes, list[Message], list[bytes]], cuts: list[int]
) -> None:
    data, messages, _ = stream
    with peer() as one:
        for piece in split(request() + data, cuts):
            one.protocol.data_received(piece)
        one.settle()
        assert one.recorder.messages == messages


@given(streams(), st.integers(0, 10_000))
def test_the_end_of_the_connection_is_told_once_wherever_it_comes(
    stream: tuple[bytes, list[Message], list[bytes]], cut: int
) -> None:
    data = stream[0] + frame(CLOSE, b"\x0f\xa1")
    with peer() as one:
        one.open()
        sent = data[: cut % (len(data) + 1)]
        one.protocol.data_received(sent)
        one.lose()
        assert one.recorder.codes == ([4001] if sent == data else [1006])
        assert not one.state.connections


# --- garbage ---


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_garbage_never_raises_before_the_handshake(pieces: list[bytes]) -> None:
    with peer() as one:
        for piece in pieces:
            if not one.transport.ended:
                one.receive(piece)
        one.lose()
        assert not one.state.connections


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_garbage_never_raises_in_the_headers(pieces: list[bytes]) -> None:
    with peer() as one:
        for piece in (b"GET / HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n", *pieces, b"\r\n\r\n"):
            if not one.transport.ended:
                one.receive(piece)
        one.lose()
        assert not one.state.connections


@given(st.lists(st.binary(max_size=100), max_size=20), streams())
def test_garbage_never_raises_on_an_open_socket(
    pieces: list[bytes], stream: tuple[bytes, list[Message], list[bytes]]
) -> None:
    with peer() as one:
        one.open()
        one.protocol.data_received(stream[0])
        for piece in pieces:
            one.protocol.data_received(piece)
        one.lose()
        assert one.recorder.messages[: len(stream[1])] == stream[1]
        assert len(one.recorder.codes) == 1 and not one.state.connections


@given(st.binary(max_size=40), st.booleans())
def test_a_frame_is_incomplete_refused_or_inside_its_buffer(data: bytes, fragmented: bool) -> None:
    try:
        read = next_frame(data, 0, MAX_SIZE, fragmented)
    except FrameError as error:
        assert error.code in (1002, 1009)
    else:
        assert read is None or (6 <= read[2] <= len(data) and len(read[1]) <= MAX_SIZE)


# --- small pure parts ---


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_data_frames_are_those_of_the_transport(size: int) -> None:
    assert data_frame(TEXT, b"*" * size) == frame_text(b"*" * size) == frame(TEXT, b"*" * size, mask=None)


def test_a_close_frame_cuts_its_reason_at_a_character() -> None:
    assert close_frame(1000, "κ" * 62) == frame(CLOSE, b"\x03\xe8" + "κ".encode() * 61, mask=None)


def test_a_request_is_parsed_with_names_in_lower_case() -> None:
    parsed = parse_request(b"GET /a?b HTTP/1.1\r\nHost: here\r\nX-List: a, b\r\nx-list:c \r\nx-empty:")
    assert (parsed.method, parsed.target, parsed.version) == (b"GET", b"/a?b", b"1.1")
    assert (parsed.tokens(b"x-list"), parsed.fields[b"x-empty"]) == ([b"a", b"b", b"c"], b"")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET  / HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET / HTTP/1.1\r\nno colon",
        b"GET / HTTP/1.1\r\nspace : before",
        b"GET / HTTP/1.1\r\n folded: line",
        b"GET / HTTP/1.1\r\nnul: a\x00b",
        b"GET / HTTP/1.1\r\nbare: a\nb",
    ],
)
def test_a_malformed_request_is_refused(head: bytes) -> None:
    with pytest.raises(BadHandshake):
        parse_request(head)


def test_the_rfcs_own_handshake_is_good() -> None:
    assert check_handshake(parse_request(request()[:-4])) == "dGhlIHNhbXBsZSBub25jZQ=="
