"""RFC 6455, case by case, in the order of Autobahn's list, over TCP.

Every case runs against our protocol class in both its modes, one on uvloop and one on asyncio's event loop, and against
uvicorn's own ``WebSocketsSansIOProtocol``; what depends on the transport runs on both loops. ``STOCK`` lists where
uvicorn's own deviates, and why. Cases without an answer there (it waits for bytes that will not come) run on ours
alone, and say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime.server import protocol, serving
from realtime.server.protocol import PresenceProtocol
from realtime.transport import EXTENSION, DirectSocket
from tests.integration.raw_ws import (
    ACCEPT,
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    App,
    Client,
    EchoApp,
    Receive,
    Running,
    Scope,
    Send,
    close,
    close_payload,
    cont,
    frame,
    request,
    running,
    text,
    until,
)

pytestmark = pytest.mark.asyncio

MAX_SIZE = 100_000
OURS = ("handed over", "plain")


LOOPS = ("asyncio", "uvloop")

RESET = "closes with bytes unread, so that the kernel's reset may overtake the close frame"
STOCK: dict[str, tuple[tuple[Any, ...], str]] = {
    "a length with its highest bit set": ((1009,), "takes the length for an unsigned number"),
    "a message too big": ((1009, None), RESET),
    "a text too big": ((1009, None), RESET),
    "fragments too big together": ((1009, None), RESET),
    "many fragments too big together": ((1009, None), RESET),
    "opcode 3 byte by byte": ((1002, None), RESET),
    "a text frame in clear byte by byte": ((1002, None), RESET),
    "reserved bits 1 byte by byte": ((1002, None), RESET),
    "a ping of 126 bytes byte by byte": ((1002, None), RESET),
    "a ping at the limit": (((CLOSE,),), "counts a ping inside a message against the limit of the message"),
    **{
        f"after a close: {case}": ((1000, None), RESET) for case in ("a message", "a ping", "another close", "a breach")
    },
    "after a close: a megabyte": ((1000, None), RESET),
    "a close inside a message": ((1002,), "has no control frame but pings and pongs between fragments"),
    "a lost connection": (([1005],), "says 'a close frame without code' where no close frame came"),
    "an exception": ((None,), "drops the connection without a close frame"),
    "spaces after values": ((200,), "its HTTP parser keeps the space, and the upgrade is none"),
    "no version": ((400,), "answers any bad version with 400 and does not name its own"),
    "version 8": ((400,), "as above"),
    "version 14": ((400,), "as above"),
    "the version it speaks": ((None,), "as above"),
    "no host": ((101,), "leaves Host to 'the HTTP stack earlier', which does not look"),
    "two hosts": ((101,), "as above"),
    "HTTP/1.0": ((101,), "its HTTP protocol rewrites the request as HTTP/1.1"),
}


@dataclass
class Target:
    """A running server of one of the classes."""

    kind: str
    run: Running
    app: EchoApp

    async def open(self, handshake: bytes | None = None) -> Client:
        """Open a WebSocket to it, with nothing left of those before."""
        await self.at_rest()
        self.app.disconnects.clear()
        return await Client.open(self.run.port, handshake)

    def outcomes(self, case: str, usual: Any) -> tuple[Any, ...]:
        """What this class may do in a case: as everybody, unless ``STOCK`` knows better."""
        return STOCK[case][0] if self.kind == "stock" and case in STOCK else (usual,)

    async def at_rest(self) -> bool:
        """Wait until uvicorn's registers are empty."""
        await until(lambda: not self.run.state.connections and not self.run.state.tasks)
        return True


def target(kind: str, loop: str) -> Iterator[Target]:
    app = EchoApp(hand_over=kind == "handed over")
    options: dict[str, Any] = {"ws_max_size": MAX_SIZE, "ws_ping_interval": None}
    if kind == "stock":
        options |= {"http": "httptools", "ws": WebSocketsSansIOProtocol}
    run = Running(app, loop, options)
    yield Target(kind, run, app)
    run.end()


def targets(*kinds: str) -> list[tuple[str, str]]:
    return [(kind, loop) for kind in kinds for loop in LOOPS]


CLASSES = [("handed over", "uvloop"), ("plain", "asyncio"), ("stock", "uvloop")]


@pytest.fixture(scope="module", params=CLASSES, ids=lambda one: f"{one[0]} on {one[1]}")
def server(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from target(*request.param)


@pytest.fixture(scope="module", params=targets(*OURS), ids=lambda one: f"{one[0]} on {one[1]}")
def ours(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from target(*request.param)


@pytest.fixture(scope="module", params=targets("plain"), ids=lambda one: f"{one[0]} on {one[1]}")
def plain(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from target(*request.param)


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cases(table: dict[str, Any]) -> pytest.MarkDecorator:
    """Parametrise ``case, *values`` by a table: its keys are the names of the cases."""
    rows = [(name, *(value if isinstance(value, tuple) else (value,))) for name, value in table.items()]
    names = ["case", "sent", "expected"][: len(rows[0])]
    return pytest.mark.parametrize(names, rows, ids=list(table))


# --- 1: framing ---

SIZES = (0, 1, 125, 126, 127, 128, 65535, 65536, MAX_SIZE)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
async def test_a_message_of_any_length_comes_back(server: Target, opcode: int, size: int) -> None:
    async with await server.open() as client:
        client.send(frame(opcode, b"*" * size))
        assert await client.frame() == (opcode, b"*" * size)


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"])
async def test_any_mask_is_taken_off(server: Target, mask: bytes) -> None:
    async with await server.open() as client:
        client.send(frame(TEXT, b"hello", mask=mask) + frame(BINARY, b"*" * 1001, mask=mask))
        assert await client.echoes() == (["hello", b"*" * 1001], [])


@pytest.mark.parametrize(("size", "piece"), [(3, 1), (125, 1), (300, 1), (65536, 997)])
async def test_a_frame_may_come_in_pieces(server: Target, size: int, piece: int) -> None:
    async with await server.open() as client:
        await client.send_in_pieces(frame(BINARY, b"*" * size), piece)
        assert await client.frame() == (BINARY, b"*" * size)


async def test_many_messages_in_one_segment_come_back_in_order(server: Target) -> None:
    async with await server.open() as client:
        client.send(b"".join(text(str(number)) for number in range(200)))
        assert await client.echoes() == ([str(number) for number in range(200)], [])


# --- 2: pings and pongs ---


@cases(
    {
        "without payload": b"",
        "with text": b"Hello, world!",
        "with bytes that are no text": b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff",
        "of the greatest length": b"\xfe" * 125,
    }
)
async def test_a_ping_is_answered_with_its_payload(server: Target, case: str, sent: bytes) -> None:
    async with await server.open() as client:
        client.send(frame(PING, sent))
        assert await client.frame() == (PONG, sent)


async def test_a_ping_may_come_byte_by_byte(server: Target) -> None:
    async with await server.open() as client:
        await client.send_in_pieces(frame(PING, b"*" * 125))
        assert await client.frame() == (PONG, b"*" * 125)


async def test_ten_pings_at_once_are_answered_in_order(server: Target) -> None:
    async with await server.open() as client:
        client.send(b"".join(frame(PING, b"%d" % number) for number in range(10)))
        assert [await client.frame() for _ in range(10)] == [(PONG, b"%d" % number) for number in range(10)]


async def test_unsolicited_pongs_are_ignored(server: Target) -> None:
    async with await server.open() as client:
        client.send(frame(PONG) + frame(PONG, b"unsolicited") + frame(PING, b"mine"))
        assert await client.echoes() == ([], [b"mine"])


# --- 3, 4, 5: what no client may send ---

VIOLATIONS: dict[str, Any] = {
    **{f"reserved bits {bits}": (frame(TEXT, b"*", rsv=bits), 1002) for bits in range(1, 8)},
    "reserved bits in a ping": (frame(PING, b"*", rsv=3), 1002),
    "reserved bits in a close": (frame(CLOSE, rsv=7), 1002),
    **{f"opcode {opcode}": (frame(opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    **{f"opcode {opcode} with payload": (frame(opcode, b"*" * 9), 1002) for opcode in (3, 7, 11, 15)},
    "a text frame in clear": (frame(TEXT, b"hello", mask=None), 1002),
    "a ping in clear": (frame(PING, mask=None), 1002),
    "a close in clear": (frame(CLOSE, mask=None), 1002),
    "a ping of 126 bytes": (frame(PING, b"*" * 126), 1002),
    "a pong of 126 bytes": (frame(PONG, b"*" * 126), 1002),
    "a close of 126 bytes": (frame(CLOSE, close_payload(1000, b"*" * 124)), 1002),
    "a fragmented ping": (frame(PING, fin=False), 1002),
    "a fragmented pong": (frame(PONG, fin=False), 1002),
    "a fragmented close": (frame(CLOSE, fin=False), 1002),
    "a continuation of nothing": (cont("*"), 1002),
    "a last continuation of nothing": (cont("*", fin=True), 1002),
    "a new text inside a message": (text("a", fin=False) + text("b"), 1002),
    "a new fragmented text inside a message": (text("a", fin=False) + text("b", fin=False), 1002),
    "a new binary inside a message": (text("a", fin=False) + frame(BINARY, b"b"), 1002),
    "a length with its highest bit set": (b"\x82\xff\xff" + b"\xff" * 7 + b"mask", 1002),
    "a length without end": (b"\x82\xff\x7f" + b"\xff" * 7 + b"mask", 1009),
    "a message too big": (frame(BINARY, b"*" * (MAX_SIZE + 1)), 1009),
    "a text too big": (text(b"*" * (MAX_SIZE + 1)), 1009),
    "the announcement of a message too big": (frame(BINARY, b"*" * (MAX_SIZE + 1))[:14], 1009),
    "fragments too big together": (text(b"*" * 60_000, fin=False) + cont(b"*" * 40_001, fin=True), 1009),
    "many fragments too big together": (text(fin=False) + cont(b"*" * 1000) * 101, 1009),
}


@cases(VIOLATIONS)
async def test_a_breach_of_the_protocol_ends_the_connection(
    server: Target, case: str, sent: bytes, expected: int
) -> None:
    async with await server.open() as client:
        client.send(sent)
        assert await client.close_code() in server.outcomes(case, expected)


@pytest.mark.parametrize("case", ["reserved bits 1", "opcode 3", "a text frame in clear", "a ping of 126 bytes"])
async def test_a_breach_after_good_messages_byte_by_byte(server: Target, case: str) -> None:
    async with await server.open() as client:
        client.send(text("good"))
        assert await client.echoes() == (["good"], [])
        await client.send_in_pieces(VIOLATIONS[case][0])
        assert await client.close_code() in server.outcomes(f"{case} byte by byte", 1002)


@cases(
    {
        "a ping too long": (frame(PING, b"*" * 126)[:2], 1002),
        "reserved bits": (frame(TEXT, b"*" * 200, rsv=1)[:2], 1002),
        "an unknown opcode": (frame(3, b"*" * 200)[:2], 1002),
    }
)
async def test_a_breach_is_refused_at_its_header(ours: Target, case: str, sent: bytes, expected: int) -> None:
    """Uvicorn's own class waits for the payload first."""
    async with await ours.open() as client:
        client.send(sent)
        assert await client.close_code() == expected


async def test_messages_ahead_of_a_breach_still_reach_the_application(ours: Target) -> None:
    async with await ours.open() as client:
        client.send(text("ahead of a breach") + frame(TEXT, b"*", rsv=1))
        await until(lambda: "ahead of a breach" in ours.app.received)


# --- 5: fragmentation ---

FRAGMENTED: dict[str, Any] = {
    "text in two": (text("Hel", fin=False) + cont("lo", fin=True), ["Hello"], []),
    "binary in three": (frame(BINARY, b"a", fin=False) + cont("b") + cont("c", fin=True), [b"abc"], []),
    "empty ones": (text(fin=False) + cont() + cont() + cont(fin=True), [""], []),
    "empty first and last": (text(fin=False) + cont("middle") + cont(fin=True), ["middle"], []),
    "a ping between": (text("a", fin=False) + frame(PING, b"p") + cont("b", fin=True), ["ab"], [b"p"]),
    "a pong between": (text("a", fin=False) + frame(PONG, b"p") + cont("b", fin=True), ["ab"], []),
    "pings between many": (
        text("a", fin=False) + frame(PING, b"1") + cont("b") + cont("c") + frame(PING, b"2") + cont("d", fin=True),
        ["abcd"],
        [b"1", b"2"],
    ),
    "two messages": ((text("a", fin=False) + cont("b", fin=True)) * 2, ["ab", "ab"], []),
    "the greatest size": (text(b"*" * 60_000, fin=False) + cont(b"*" * 40_000, fin=True), ["*" * MAX_SIZE], []),
}


def fragment_cases(table: dict[str, Any]) -> pytest.MarkDecorator:
    rows = [(name, *values) for name, values in table.items()]
    return pytest.mark.parametrize(("case", "sent", "messages", "pongs"), rows, ids=list(table))


@fragment_cases(FRAGMENTED)
async def test_fragments_become_one_message(
    server: Target, case: str, sent: bytes, messages: list[str], pongs: list[bytes]
) -> None:
    async with await server.open() as client:
        client.send(sent)
        assert await client.echoes() == (messages, pongs)


@fragment_cases({name: case for name, case in FRAGMENTED.items() if len(case[0]) < 1000})
async def test_fragments_may_come_byte_by_byte(
    server: Target, case: str, sent: bytes, messages: list[str], pongs: list[bytes]
) -> None:
    async with await server.open() as client:
        await client.send_in_pieces(sent)
        assert await client.echoes() == (messages, pongs)


async def test_a_ping_inside_a_message_is_answered_before_the_message_ends(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("a", fin=False) + frame(PING, b"now"))
        assert await client.frame() == (PONG, b"now")
        client.send(cont("b", fin=True))
        assert await client.frame() == (TEXT, b"ab")


async def test_a_ping_passes_when_the_message_around_it_has_reached_the_limit(server: Target) -> None:
    async with await server.open() as client:
        client.send(text(b"*" * MAX_SIZE, fin=False) + frame(PING, b"small"))
        opcode, _ = await client.frame()
        assert (opcode,) in server.outcomes("a ping at the limit", (PONG,))


# --- 6: UTF-8 ---

VALID_TEXT = {
    "Greek": "κόσμε",
    "Chinese": "实时监控 正常",
    "beyond the basic plane": "𝄞 🚦",
    "the first of each length": "\x00\x80\u0800\U00010000",
    "the last of each length": "\x7f\u07ff\uffff\U0010ffff",
    "beside the surrogates": "\ud7ff\ue000",
    "noncharacters": "\ufdd0\ufffe\uffff\U0001fffe\U0010fffe",
}
INVALID_TEXT = {
    "a lone continuation byte": b"\x80",
    "a continuation byte too many": "κόσμε".encode() + b"\xbf",
    "overlong slash": b"\xc0\xaf",
    "overlong of three": b"\xe0\x80\xaf",
    "overlong of four": b"\xf0\x80\x80\xaf",
    "overlong NUL": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "the last surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF": b"\xff",
    "cut after the first byte": b"hello \xc3",
    "cut after the third byte": b"hello \xf0\x9f\x9a",
    "in the middle": "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
}


@cases(VALID_TEXT)
@pytest.mark.parametrize("piece", [1, 2, 3, 1000], ids=lambda piece: f"fragments of {piece}")
async def test_text_may_be_cut_anywhere(server: Target, case: str, sent: str, piece: int) -> None:
    data = sent.encode()
    fragments = [data[start : start + piece] for start in range(0, len(data), piece)]
    async with await server.open() as client:
        client.send(text(fragments[0], fin=False) + b"".join(map(cont, fragments[1:])) + cont(fin=True))
        assert await client.echoes() == ([sent], [])


@cases(VALID_TEXT)
async def test_text_is_the_same_in_one_frame(server: Target, case: str, sent: str) -> None:
    async with await server.open() as client:
        client.send(text(sent) + text(sent * 50))
        assert await client.echoes() == ([sent, sent * 50], [])


@cases(INVALID_TEXT)
async def test_invalid_text_ends_the_connection(server: Target, case: str, sent: bytes) -> None:
    async with await server.open() as client:
        client.send(text(sent))
        assert await client.close_code() == 1007


@cases(INVALID_TEXT)
async def test_invalid_text_in_a_long_frame_ends_the_connection(server: Target, case: str, sent: bytes) -> None:
    async with await server.open() as client:
        client.send(text(b"*" * 200 + sent))
        assert await client.close_code() == 1007


@cases(INVALID_TEXT)
async def test_invalid_text_in_fragments_of_one_byte_ends_the_connection(
    server: Target, case: str, sent: bytes
) -> None:
    async with await server.open() as client:
        client.send(text(sent[:1], fin=False) + b"".join(cont(bytes((byte,))) for byte in sent[1:]) + cont(fin=True))
        assert await client.close_code() == 1007


async def test_invalid_text_is_refused_before_the_message_ends(ours: Target) -> None:
    """RFC 6455, 8.1 allows it at any time; uvicorn's own class waits for the last fragment."""
    async with await ours.open() as client:
        client.send(text(b"hello \xff", fin=False))
        assert await client.close_code() == 1007


async def test_binary_is_not_judged_as_text(server: Target) -> None:
    async with await server.open() as client:
        client.send(frame(BINARY, b"\xff\xfe", fin=False) + cont(b"\x80", fin=True))
        assert await client.frame() == (BINARY, b"\xff\xfe\x80")


# --- 7: closing ---


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
)
async def test_a_close_is_answered_with_its_code_and_reaches_the_application(server: Target, code: int) -> None:
    async with await server.open() as client:
        client.send(close(code, "bye, κόσμε".encode()))
        assert await client.close_code() == code
        await until(lambda: server.app.disconnects)
        assert server.app.disconnects == [code]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
async def test_a_close_with_a_code_not_for_the_wire_is_a_breach(server: Target, code: int) -> None:
    async with await server.open() as client:
        client.send(close(code))
        assert await client.close_code() == 1002


async def test_a_close_without_code_is_answered_without_code(server: Target) -> None:
    async with await server.open() as client:
        client.send(frame(CLOSE))
        assert await client.close_code() == 1005
        await until(lambda: server.app.disconnects)
        assert server.app.disconnects == [1005]


@cases(
    {
        "a body of one byte": (b"\x03", 1002),
        "a reason of the greatest length": (close_payload(1000, b"*" * 123), 1000),
        "a reason that is no text": (close_payload(1000, b"\xce\xba\xff"), 1007),
        "a reason cut inside a character": (close_payload(1000, b"\xce"), 1007),
    }
)
async def test_the_body_of_a_close_is_checked(server: Target, case: str, sent: bytes, expected: int) -> None:
    async with await server.open() as client:
        client.send(frame(CLOSE, sent))
        assert await client.close_code() == expected


@cases(
    {
        "a message": text("late"),
        "a ping": frame(PING, b"late"),
        "another close": close(1001),
        "a breach": frame(TEXT, b"*", rsv=7),
        "a megabyte": frame(BINARY, b"*" * 50_000) * 20,
    }
)
async def test_what_comes_after_a_close_is_ignored(server: Target, case: str, sent: bytes) -> None:
    async with await server.open() as client:
        client.send(close(1000) + sent)
        assert await client.close_code() in server.outcomes(f"after a close: {case}", 1000)


async def test_a_close_may_come_inside_a_fragmented_message(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("never finished", fin=False) + close(1001))
        assert await client.close_code() in server.outcomes("a close inside a message", 1001)


async def test_a_message_ahead_of_a_close_reaches_the_application(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("last words") + close(1000))
        await until(lambda: "last words" in server.app.received)


async def test_the_application_closes_with_code_and_reason(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("close 4001 see you"))
        assert await client.frame() == (CLOSE, close_payload(4001, b"see you"))
        client.send(close(4001))
        assert await client.close_code() is None
        await until(lambda: server.app.disconnects)
        assert server.app.disconnects == [4001]


async def test_a_reason_too_long_is_cut_at_a_character(ours: Target) -> None:
    async with await ours.open() as client:
        client.send(text("close 4001 " + "κ" * 100))
        assert await client.frame() == (CLOSE, close_payload(4001, "κ".encode() * 61))


async def test_between_our_close_and_the_answer_messages_are_ignored(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("close 1000"))
        assert await client.frame() == (CLOSE, close_payload(1000))
        client.send(text("ignored") + text("a", fin=False) + cont("b", fin=True) + close(1000))
        assert await client.close_code() is None
        assert "ignored" not in server.app.received


async def test_between_our_close_and_the_answer_pings_are_ignored(ours: Target) -> None:
    """A close frame is the last (RFC 6455, 5.5.1); uvicorn's own class sends pongs behind it."""
    async with await ours.open() as client:
        client.send(text("close 1000"))
        assert await client.frame() == (CLOSE, close_payload(1000))
        client.send(frame(PING, b"ignored") + close(1000))
        assert await client.close_code() is None


async def test_a_breach_between_our_close_and_the_answer_brings_no_second_close(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("close 1000"))
        assert await client.frame() == (CLOSE, close_payload(1000))
        client.send(frame(TEXT, b"*", rsv=1))
        assert await client.close_code() is None


async def test_a_connection_that_just_ends_is_1006(server: Target) -> None:
    async with await server.open() as client:
        assert await client.echoes() == ([], [])
    await until(lambda: server.app.disconnects)
    assert server.app.disconnects in server.outcomes("a lost connection", [1006])


async def test_a_breach_is_told_to_the_application_once(server: Target) -> None:
    async with await server.open() as client:
        client.send(frame(TEXT, b"*", rsv=1))
        await client.close_code()
    assert await server.at_rest()
    assert server.app.disconnects == [1002]


async def test_an_exception_in_the_application_closes_with_1011(server: Target) -> None:
    async with await server.open() as client:
        client.send(text("raise"))
        assert await client.close_code(answer=True) in server.outcomes("an exception", 1011)


async def test_an_application_that_returns_closes_with_1000(plain: Target) -> None:
    async with await plain.open() as client:
        client.send(text("return"))
        assert await client.close_code(answer=True) == 1000


async def test_a_peer_that_never_answers_our_close_is_dropped(monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    monkeypatch.setattr(serving, "CLOSE_TIMEOUT", 0.05)
    app = EchoApp()
    async with running(app, loop) as run, await Client.open(run.port) as client:
        client.send(text("close 4001"))
        assert await client.close_code() == 4001
        await until(lambda: app.disconnects == [1006])


async def test_a_peer_that_keeps_its_end_open_is_dropped(monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    monkeypatch.setattr(serving, "CLOSE_TIMEOUT", 0.05)
    async with running(EchoApp(), loop) as run, await Client.open(run.port) as client:
        client.send(close(1000))
        assert await client.frame() == (CLOSE, close_payload(1000))
        await until(lambda: not run.state.connections)


# --- the handshake ---


async def test_the_key_is_answered_as_the_rfc_shows(server: Target) -> None:
    async with await Client.connect(server.run.port) as client:
        client.send(request())
        headers = (await client.response()).headers
        assert (headers["sec-websocket-accept"], headers["upgrade"].lower()) == (ACCEPT, "websocket")
        assert "upgrade" in headers["connection"].lower() and "sec-websocket-extensions" not in headers


@cases(
    {
        "header values in capitals": request(upgrade="WebSocket", connection="UPGRADE"),
        "several connection tokens": request(connection="keep-alive, Upgrade"),
        "no spaces around values": request().replace(b": ", b":"),
        "spaces after values": request().replace(b"\r\n", b"  \r\n").replace(b"HTTP/1.1  ", b"HTTP/1.1")[:-6]
        + b"\r\n\r\n",
        "names in capitals": request().replace(b"sec-websocket-key", b"SEC-WEBSOCKET-KEY"),
        "extensions on offer": request(sec_websocket_extensions="permessage-deflate; client_max_window_bits"),
        "an empty body": request(content_length="0"),
        "a query": request("/path?a=b&c"),
        "long headers": request(cookie="x" * 8000),
    }
)
async def test_a_good_handshake_is_taken(server: Target, case: str, sent: bytes) -> None:
    async with await Client.connect(server.run.port) as client:
        client.send(sent)
        assert (await client.response()).status in server.outcomes(case, 101)


HANDSHAKES: dict[str, Any] = {
    "no key": (request(drop="sec-websocket-key"), 400),
    "an empty key": (request(sec_websocket_key=""), 400),
    "a key of 15 bytes": (request(sec_websocket_key="c2l4dGVlbi1ieXRlcy0t"), 400),
    "a key that is no base64": (request(sec_websocket_key="dGhl!IHNhbXBsZSBub25jZQ=="), 400),
    "two keys": (request()[:-2] + b"sec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n", 400),
    "no version": (request(drop="sec-websocket-version"), 426),
    "version 8": (request(sec_websocket_version="8"), 426),
    "version 14": (request(sec_websocket_version="14"), 426),
    "no host": (request(drop="host"), 400),
    "two hosts": (request()[:-2] + b"host: elsewhere\r\n\r\n", 400),
    "POST": (request().replace(b"GET", b"POST"), 405),
    "HTTP/1.0": (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
}


@cases(HANDSHAKES)
async def test_a_bad_handshake_is_refused_in_a_sentence(server: Target, case: str, sent: bytes, expected: int) -> None:
    async with await Client.connect(server.run.port) as client:
        client.send(sent)
        response = await client.response()
        assert response.status in server.outcomes(case, expected)
        if response.status != 101:
            assert response.headers["content-type"].startswith("text/plain") and response.body.endswith(b".\n")
            assert await client.close_code() is None


@cases(
    {
        "a body": (request(content_length="5") + b"hello", 400),
        "a chunked body": (request(transfer_encoding="chunked") + b"0\r\n\r\n", 400),
        "headers beyond all measure": (request(cookie="x" * 70_000), 431),
        "a target that is no address": (request("http://[::1/chat"), 400),
    }
)
async def test_a_handshake_that_uvicorn_would_take_is_refused(
    ours: Target, case: str, sent: bytes, expected: int
) -> None:
    """Uvicorn's own class answers nothing and keeps the connection."""
    async with await Client.connect(ours.run.port) as client:
        client.send(sent)
        assert (await client.response()).status == expected
        assert await client.close_code() is None


async def test_a_wrong_version_is_told_the_right_one(server: Target) -> None:
    async with await Client.connect(server.run.port) as client:
        client.send(request(sec_websocket_version="12"))
        headers = (await client.response()).headers
        assert headers.get("sec-websocket-version") in server.outcomes("the version it speaks", "13")


@pytest.mark.parametrize("sent", [b"", b"GET /chat HTT", request()[:-2]], ids=["nothing", "a beginning", "no end"])
async def test_who_never_says_what_it_wants_is_dropped(monkeypatch: pytest.MonkeyPatch, loop: str, sent: bytes) -> None:
    monkeypatch.setattr(serving, "HEAD_TIMEOUT", 0.05)
    async with running(EchoApp(), loop) as run, await Client.connect(run.port) as client:
        client.send(sent)
        assert await client.close_code() is None
        await until(lambda: not run.state.connections)


@pytest.mark.parametrize("piece", [1, 7, 64])
async def test_a_handshake_may_come_in_pieces(server: Target, piece: int) -> None:
    async with await Client.connect(server.run.port) as client:
        await client.send_in_pieces(request(), piece)
        assert (await client.response()).status == 101
        assert await client.echoes() == ([], [])


async def test_frames_may_follow_the_handshake_in_the_same_segment(ours: Target) -> None:
    async with await Client.connect(ours.run.port) as client:
        client.send(request() + text("early") + text("bird")[:3])
        assert (await client.response()).status == 101
        client.send(text("bird")[3:])
        assert await client.echoes() == (["early", "bird"], [])


async def test_a_close_may_follow_the_handshake_in_the_same_segment(ours: Target) -> None:
    assert await ours.at_rest()
    ours.app.disconnects.clear()
    async with await Client.connect(ours.run.port) as client:
        client.send(request() + text("in and out") + close(3001))
        assert (await client.response()).status == 101
        await until(lambda: ours.app.disconnects)
        assert (ours.app.disconnects, ours.app.received[-1]) == ([3001], "in and out")


async def test_the_scope_is_uvicorns(server: Target) -> None:
    handshake = request("/a%20b?c=d%20e", sec_websocket_protocol="one, two", x_forwarded_for="192.0.2.7", Cookie="k=v")
    async with await server.open(handshake):
        scope = server.app.scope
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d%20e")
        assert (scope["scheme"], scope["subprotocols"], scope["client"]) == ("ws", ["one", "two"], ("192.0.2.7", 0))
        assert scope["server"] == ("127.0.0.1", server.run.port) and "websocket.http.response" in scope["extensions"]
        assert (b"cookie", b"k=v") in scope["headers"]


# --- other requests on the same port ---


async def get(client: Client, sent: bytes = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n") -> bytes:
    client.send(sent)
    return (await client.response()).body


async def test_plain_http_is_served_and_kept_alive(ours: Target) -> None:
    async with await Client.connect(ours.run.port) as client:
        assert [await get(client) for _ in range(3)] == [b"plain http"] * 3


@cases(
    {
        "byte by byte": b"GET / HTTP/1.1\r\nhost: here\r\n\r\n",
        "of another method": b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 3\r\n\r\nabc",
        "with an upgrade to something else": b"GET / HTTP/1.1\r\nhost: here\r\nx-note: websocket\r\n\r\n",
        "with Upgrade but without Connection": b"GET / HTTP/1.1\r\nhost: here\r\nupgrade: websocket\r\n\r\n",
        "with an empty line ahead": b"\r\nGET / HTTP/1.1\r\nhost: here\r\n\r\n",
    }
)
async def test_any_other_request_is_uvicorns(ours: Target, case: str, sent: bytes) -> None:
    async with await Client.connect(ours.run.port) as client:
        await client.send_in_pieces(sent)
        assert (await client.response()).body == b"plain http"


async def test_headers_without_end_are_uvicorns_to_refuse(ours: Target) -> None:
    async with await Client.connect(ours.run.port) as client:
        client.send(b"GET / HTTP/1.1\r\nhost: here\r\ncookie: " + b"x" * 70_000)
        await until(lambda: not any(isinstance(one, PresenceProtocol) for one in ours.run.state.connections))
        client.send(b"\r\n\r\n")
        assert (await client.response()).body == b"plain http"


async def test_what_is_no_http_is_refused(ours: Target) -> None:
    async with await Client.connect(ours.run.port) as client:
        client.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert (await client.response()).status == 400


@pytest.mark.parametrize(
    ("http", "ws"),
    [(HttpToolsProtocol, "websockets-sansio"), (H11Protocol, "realtime.server.protocol:PresenceProtocol")],
)
async def test_a_later_request_may_upgrade(monkeypatch: pytest.MonkeyPatch, http: type, ws: str, loop: str) -> None:
    monkeypatch.setattr(protocol, "AutoHTTPProtocol", http)
    app = EchoApp()
    async with running(app, loop, ws=ws) as run, await Client.connect(run.port) as client:
        assert await get(client) == b"plain http"
        client.send(request())
        assert (await client.response()).status == 101
        assert await client.echoes() == ([], [])
        assert [type(one).__name__ for one in run.state.connections] == ["PresenceProtocol"]
        client.send(close(1000))
        assert await client.close_code() == 1000
        await until(lambda: app.disconnects == [1000])


async def test_as_ws_class_of_uvicorns_own_http_it_works_too(loop: str) -> None:
    options = {"http": "httptools", "ws": "realtime.server.protocol:PresenceProtocol"}
    async with running(EchoApp(), loop, **options) as run, await Client.open(run.port) as client:
        client.send(text("by the other door"))
        assert await client.echoes() == (["by the other door"], [])


async def test_without_websockets_in_the_configuration_there_are_none() -> None:
    async with running(EchoApp(), "uvloop", ws="none") as run, await Client.connect(run.port) as client:
        assert await get(client, request()) == b"plain http"


async def test_the_concurrency_limit_counts_open_sockets(loop: str) -> None:
    async with running(EchoApp(), loop, limit_concurrency=3) as run, await Client.connect(run.port) as http:
        assert await get(http) == b"plain http"
        async with await Client.open(run.port), await Client.open(run.port):
            assert await get(http) == b"Service Unavailable"


def certificate(folder: Path) -> dict[str, str]:
    """Uvicorn's options for a new self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(encoding))
    (folder / "key").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    return {"ssl_certfile": str(folder / "cert"), "ssl_keyfile": str(folder / "key")}


async def test_it_works_over_tls(tmp_path: Path, loop: str) -> None:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    app = EchoApp()
    async with running(app, loop, **certificate(tmp_path)) as run:
        async with await Client.connect(run.port, trusting) as http:
            assert await get(http) == b"plain http"
        async with await Client.connect(run.port, trusting) as client:
            await client.send_in_pieces(request(), 10)
            assert (await client.response()).status == 101
            client.send(text("secret") + frame(BINARY, b"*" * 300_000))
            assert await client.echoes() == (["secret", b"*" * 300_000], [])
            client.send(close(1000))
            assert await client.close_code() == 1000
            assert app.scope["scheme"] == "wss"


# --- ASGI ---


@contextlib.asynccontextmanager
async def asking(server: Target, app: App) -> AsyncIterator[Client]:
    """Let ``app`` serve a path of its own and send it a handshake; at the end, uvicorn's registers must be empty."""
    server.app.routes["/app"] = app
    async with await Client.connect(server.run.port) as client:
        client.send(request("/app"))
        yield client
    assert await server.at_rest()


async def test_accept_carries_subprotocol_and_headers(plain: Target) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": "presence.v1.1", "headers": [(b"x-note", b"hello")]})
        assert (await receive())["type"] == "websocket.connect"
        assert (await receive())["type"] == "websocket.disconnect"

    async with asking(plain, app) as client:
        headers = (await client.response()).headers
        assert (headers["sec-websocket-protocol"], headers["x-note"]) == ("presence.v1.1", "hello")


async def test_a_header_cannot_smuggle_in_another(plain: Target) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "headers": [(b"x-note", b"a\r\nset-cookie: b")]})

    async with asking(plain, app) as client:
        assert (await client.response()).status == 500


async def test_a_close_before_accept_is_403(plain: Target) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4003})
        seen.append(await receive())

    async with asking(plain, app) as client:
        assert (await client.response()).status == 403
        assert await client.close_code() is None
        await until(lambda: seen == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}])


async def test_a_denial_response_is_sent_whole(plain: Target) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"x-note", b"no")]
        await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b'{"retry":', "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"true}"})

    async with asking(plain, app) as client:
        response = await client.response()
        assert (response.status, response.body, response.headers["x-note"]) == (429, b'{"retry":true}', "no")
        assert (response.headers["content-type"], await client.close_code()) == ("application/json", None)


async def failing_app(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("before accept")


async def returning_app(scope: Scope, receive: Receive, send: Send) -> None:
    return


async def sending_app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.send", "text": "before accept"})


async def half_denying_app(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.http.response.start", "status": 403})
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize("app", [failing_app, returning_app, sending_app, half_denying_app])
async def test_an_application_that_fails_before_accept_is_500(plain: Target, app: App) -> None:
    async with asking(plain, app) as client:
        assert (await client.response()).status == 500


async def test_messages_and_their_end_reach_a_parked_application_once(plain: Target) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        with contextlib.suppress(RuntimeError):  # what a receive after the end raises
            while True:
                seen.append(await receive())

    async with asking(plain, app) as client:
        await client.response()
        client.send(text("a") + frame(BINARY, b"b") + close(4000))
    assert seen == [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.receive", "bytes": b"b"},
        {"type": "websocket.disconnect", "code": 4000, "reason": ""},
    ]


async def test_send_to_a_peer_that_is_gone_raises_oserror(plain: Target) -> None:
    raised: list[Exception] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        await send({"type": "websocket.close"})
        try:
            await send({"type": "websocket.send", "text": "anyone?"})
        except OSError as error:
            raised.append(error)

    async with asking(plain, app) as client:
        await client.response()
        client.send(close(1000))
        await until(lambda: raised)


async def test_send_waits_for_a_slow_reader(plain: Target) -> None:
    sent: list[int] = []
    sockets: list[DirectSocket] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        sockets.append(scope["extensions"][EXTENSION])
        await receive()
        for number in range(200):
            await send({"type": "websocket.send", "bytes": b"*" * 100_000})
            sent.append(number)

    async with asking(plain, app) as client:
        await client.response()
        client.reading(False)
        await until(lambda: sockets and sockets[0].paused)
        assert sent[-1] < 199
        client.reading(True)
        assert [len((await client.frame())[1]) for _ in range(200)] == [100_000] * 200


async def test_an_application_that_does_not_receive_slows_the_sender(plain: Target) -> None:
    gate = threading.Event()
    sockets: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        sockets.append(scope["extensions"][EXTENSION])
        while not gate.is_set():
            await asyncio.sleep(0.001)
        sizes = [len((await receive())["bytes"]) for _ in range(300)]
        await send({"type": "websocket.send", "text": str(sum(sizes))})

    async with asking(plain, app) as client:
        await client.response()
        client.send(frame(BINARY, b"*" * 100_000) * 300)
        await until(lambda: sockets and not sockets[0]._transport.is_reading())
        assert client.writer.transport.get_write_buffer_size() > 10_000_000
        gate.set()
        assert await client.frame() == (TEXT, b"30000000")


async def paused_by(client: Client, ours: Target) -> DirectSocket:
    """Let the client read nothing until the server's side of its socket is paused; return that."""
    direct: DirectSocket = ours.app.scope["extensions"][EXTENSION]
    client.reading(False)
    while not direct.paused:
        await ours.run.call(lambda: direct.write(frame(BINARY, b"*" * 60_000, mask=None)))
    return direct


async def test_the_direct_socket_tells_that_a_reader_is_slow(ours: Target) -> None:
    async with await ours.open() as client:
        await client.echoes()
        direct = await paused_by(client, ours)
        assert await ours.run.call(direct.buffered) > 0
        client.reading(True)
        await until(lambda: not direct.paused)


async def test_pings_of_a_client_that_reads_nothing_pile_up_no_answers(ours: Target) -> None:
    async with await ours.open() as client:
        await client.echoes()
        direct = await paused_by(client, ours)
        waiting = await ours.run.call(direct.buffered)
        client.send(frame(PING, b"?" * 125) * 1_000 + frame(TEXT, b"heard"))
        await until(lambda: ours.app.received[-1] == "heard")
        assert await ours.run.call(direct.buffered) < waiting + 100  # the echo, at most


async def test_a_direct_socket_that_is_gone_takes_every_call(ours: Target) -> None:
    async with await ours.open() as client:
        await client.echoes()
        direct: DirectSocket = ours.app.scope["extensions"][EXTENSION]
        await ours.run.call(direct.abort)
        await until(lambda: ours.app.disconnects == [1006])
        for call in (partial(direct.write, b"lost"), partial(direct.close, 1000, ""), direct.abort):
            await ours.run.call(call)
        assert (await ours.run.call(direct.buffered), direct.paused) == (0, False)


# --- keepalive, shutdown, and what stays behind ---


async def test_pings_come_in_their_interval_and_any_answer_keeps_the_socket(loop: str) -> None:
    options = {"ws_ping_interval": 0.01, "ws_ping_timeout": 0.1}
    async with running(EchoApp(), loop, **options) as run, await Client.open(run.port) as client:
        for _ in range(12):
            assert await client.frame() == (PING, b"")
            client.send(frame(PONG))


async def test_a_silent_peer_is_closed_with_1011(loop: str) -> None:
    app = EchoApp()
    options = {"ws_ping_interval": 0.02, "ws_ping_timeout": 0.05}
    async with running(app, loop, **options) as run, await Client.open(run.port) as client:
        while (received := await client.frame()) == (PING, b""):
            pass
        assert received == (CLOSE, close_payload(1011, b"keepalive ping timeout"))
        assert await client.close_code() is None
        await until(lambda: app.disconnects == [1011])


async def test_a_ping_timeout_longer_than_the_interval_is_kept(loop: str) -> None:
    options = {"ws_ping_interval": 0.01, "ws_ping_timeout": 5.0}
    async with running(EchoApp(), loop, **options) as run, await Client.open(run.port) as client:
        assert [await client.frame() for _ in range(10)] == [(PING, b"")] * 10


async def test_shutdown_closes_open_sockets_with_1012(loop: str) -> None:
    app = EchoApp()
    async with running(app, loop) as run, await Client.open(run.port) as client, await Client.connect(run.port) as idle:
        await client.echoes()
        stopping = asyncio.create_task(run.stop())
        assert await client.close_code(answer=True) == 1012
        assert await idle.close_code() is None
        await stopping
        assert app.disconnects == [1012] and not run.state.connections


async def test_shutdown_does_not_wait_for_a_peer_that_answers_nothing(
    monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    monkeypatch.setattr(serving, "CLOSE_TIMEOUT", 0.05)
    app = EchoApp()
    async with running(app, loop, timeout_graceful_shutdown=None) as run, await Client.open(run.port) as client:
        await client.echoes()
        await run.stop()
        assert app.disconnects == [1006] and not run.state.connections


async def test_shutdown_refuses_handshakes_that_wait_for_the_application(loop: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with running(app, loop) as run, await Client.connect(run.port) as client:
        client.send(request())
        await until(lambda: run.state.tasks)
        stopping = asyncio.create_task(run.stop())
        assert (await client.response()).status == 503
        await client.close()
        await stopping
        assert not run.state.tasks and not run.state.connections


async def test_an_open_socket_handed_over_needs_no_task(loop: str) -> None:
    async with running(EchoApp(), loop) as run, await Client.open(run.port) as client:
        assert await client.echoes() == ([], [])
        await until(lambda: not run.state.tasks)
        assert len(run.state.connections) == 1


ENDS = {
    "close": close(1000),
    "closed": text("close 4000"),
    "breach": frame(TEXT, b"*", rsv=1),
    "invalid text": text(b"\xff"),
    "raise": text("raise"),
    "lost": b"",
}


async def live(client: Client, end: bytes) -> None:
    """Talk in fragments, pings and pieces, and end in one of the ways there are."""
    await client.send_in_pieces(text("a", fin=False) + frame(PING) + cont("b", fin=True))
    await client.echoes()
    client.send(end)
    if end:
        await client.close_code(answer=end != ENDS["close"])


@pytest.mark.parametrize("late", [False, True], ids=["first request", "later request"])
async def test_no_reference_cycle_stays_behind(ours: Target, late: bool) -> None:
    assert await ours.at_rest()
    gc.collect()
    gc.disable()
    logging.disable()  # a record of an exception holds its frames, and pytest the records
    try:
        before = count_protocols()
        for end in ENDS.values():
            async with await Client.connect(ours.run.port) as client:
                if late:
                    await get(client)
                client.send(request())
                assert (await client.response()).status == 101
                await live(client, end)
        ours.app.scope = {}
        assert await ours.at_rest()
        await until(lambda: count_protocols() <= before)
    finally:
        gc.enable()
        logging.disable(logging.NOTSET)


def count_protocols() -> int:
    # By type: isinstance would ask a dead weak proxy for its class, which raises.
    return sum(issubclass(type(one), PresenceProtocol | HttpToolsProtocol) for one in gc.get_objects())
