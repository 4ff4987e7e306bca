"""Frames, and the way out over ASGI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from realtime.protocol import CloseCode
from realtime.transport import AsgiTransport, Encoded, frame_text
from tests.support.waiting import eventually_async, one_turn


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_frame_is_what_the_websockets_library_builds(size: int) -> None:
    payload = b"x" * size
    assert frame_text(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_length_takes_two_four_or_ten_bytes(size: int, head: bytes) -> None:
    frame = frame_text(b"x" * size)
    assert frame.startswith(head) and len(frame) == len(head) + size


def test_several_messages_are_several_frames_in_one_piece() -> None:
    message = Encoded(b"a", "ü".encode())
    assert message.frame == b"\x81\x01a" + b"\x81\x02" + "ü".encode()
    assert message.texts == ["a", "ü"]
    assert message.frame is message.frame


class Server:
    """The ``send`` of an ASGI server; ``gate`` closed means that its client reads nothing."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.sent: list[dict[str, Any]] = []
        self.drained = 0
        self.gone = False

    async def send(self, message: dict[str, Any]) -> None:
        await self.gate.wait()
        if self.gone:
            raise ConnectionResetError
        self.sent.append(message)

    def transport(self, *, only_application_codes: bool = False) -> AsgiTransport:
        def drained() -> None:
            self.drained += 1

        return AsgiTransport(self.send, only_application_codes=only_application_codes, drained=drained)


async def test_messages_arrive_in_order_and_the_end_is_told() -> None:
    server = Server()
    transport = server.transport()
    transport.send(Encoded(b"1", b"2"))
    transport.send(Encoded(b"3"))
    await transport.flushed()
    assert [message["text"] for message in server.sent] == ["1", "2", "3"]
    assert server.drained == 1 and not transport.paused


async def test_a_reader_that_is_behind_pauses_it() -> None:
    server = Server()
    server.gate.clear()
    transport = server.transport()
    transport.send(Encoded(b"12345"))
    assert (transport.paused, transport.buffered()) == (True, 5)
    server.gate.set()
    await transport.flushed()
    assert (transport.paused, transport.buffered()) == (False, 0)


async def test_nothing_follows_a_close() -> None:
    server = Server()
    transport = server.transport()
    transport.send(Encoded(b"bye"))
    transport.close(1012, "restart")
    transport.send(Encoded(b"more"))
    await transport.flushed()
    assert [message["type"] for message in server.sent] == ["websocket.send", "websocket.close"]
    assert server.sent[-1]["code"] == 1012 and server.sent[-1]["reason"] == "restart"


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        (1000, 1000),
        (1001, 3001),
        (1008, 4008),
        (1011, 3011),
        (1012, 3012),
        (1013, 3013),
        (3008, 3008),
        (4001, 4001),
        (4003, 4003),
    ],
)
async def test_a_server_with_few_codes_gets_one_of_the_same_finality(code: int, sent: int) -> None:
    server = Server()
    transport = server.transport(only_application_codes=True)
    transport.close(code, "")
    await transport.flushed()
    assert server.sent[0]["code"] == sent


async def test_a_code_is_a_plain_number() -> None:
    server = Server()
    transport = server.transport()
    transport.close(CloseCode.NOT_SIGNED_IN, "")
    await transport.flushed()
    assert type(server.sent[0]["code"]) is int


async def test_an_abort_forgets_what_waits() -> None:
    server = Server()
    server.gate.clear()
    transport = server.transport()
    transport.send(Encoded(b"old"))
    await one_turn()
    transport.abort()
    server.gate.set()
    await transport.flushed()
    assert [message["type"] for message in server.sent] == ["websocket.close"]


async def test_a_peer_that_is_gone_is_no_error() -> None:
    server = Server()
    server.gone = True
    transport = server.transport()
    transport.send(Encoded(b"1", b"2"))
    await transport.flushed()
    transport.send(Encoded(b"3"))
    await eventually_async(lambda: server.drained == 1)
    assert server.sent == [] and not transport.paused
