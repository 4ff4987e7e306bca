"""A socket of a registered endpoint: what its base does for the domain."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec import Struct

from accounts.identity import Identity
from realtime.admission import Refusal
from realtime.endpoint import Endpoint, MessageType, find_endpoint, register_endpoint
from realtime.limits import Limits
from realtime.peer import MAX_WAITING_BYTES, Peer
from realtime.protocol import CloseCode, ProtocolError
from tests.support.hub import RecordingTransport, enter, make_hub
from tests.support.waiting import eventually_async

BOB = Identity(2, "bob", is_admin=False, groups=frozenset())


class Note(Struct):
    text: str
    number: int = 0


class Domain:
    """An endpoint that notes what it is told."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.gate = asyncio.Event()
        self.endpoint = Endpoint(
            name="notes",
            prefix="/ws/notes/",
            messages=(
                MessageType("note", Note, self.note),
                MessageType("slow", Note, self.slow),
                MessageType("often", None, self.note, cost="apart"),
                MessageType("own_words", Note, self.note, refused=self.refused),
                MessageType("free", None, self.note, cost="own"),
            ),
            opened=self.opened,
            closed=lambda peer, code: self.done.append(("closed", code)),
            may_open=lambda identity: "banned" not in identity.groups,
        )

    def note(self, peer: Peer, payload: Note | None, message_id: str | None) -> None:
        if payload is not None and payload.text == "refuse":
            raise ProtocolError("NO_SUCH_NOTE", "There is none.", {"number": payload.number})
        if payload is not None and payload.text == "bug":
            raise ZeroDivisionError
        self.done.append(payload.text if payload else None)
        peer.send("noted", {"count": len(self.done)}, id=message_id)

    async def slow(self, peer: Peer, payload: Note, message_id: str | None) -> None:
        await self.gate.wait()
        self.note(peer, payload, message_id)

    def refused(self, peer: Peer, problem: ProtocolError, message_id: str | None) -> None:
        if message_id == "bug":
            raise ZeroDivisionError
        peer.send("own_error", {"code": problem.code}, id=message_id)

    async def opened(self, peer: Peer) -> None:
        if peer.argument == "unknown":
            raise Refusal(CloseCode.NOT_FOUND, "no such session")
        if peer.argument == "bug":
            raise ZeroDivisionError
        peer.state = "mine"


def make(argument: str = "7") -> tuple[Domain, Peer, RecordingTransport]:
    hub, _ = make_hub()
    domain = Domain()
    peer, transport = enter(hub, domain.endpoint, argument=argument)
    return domain, peer, transport


def said(kind: str, text: str = "hello", **more: Any) -> str:
    return json.dumps({"type": kind, "payload": {"text": text}, **more})


async def test_a_message_reaches_its_handler_decoded_and_the_answer_has_its_id() -> None:
    domain, peer, transport = make()
    peer.message_received(said("note", id="a"))
    assert domain.done == ["hello"] and transport.sent == [{"type": "noted", "payload": {"count": 1}, "id": "a"}]


async def test_a_ping_is_answered_with_what_it_brought() -> None:
    _, peer, transport = make()
    peer.message_received('{"type":"ping","timestamp":5,"id":"p"}')
    (pong,) = transport.sent
    assert (pong["type"], pong["id"], pong["payload"]["timestamp"]) == ("pong", "p", 5)


WRONG = [
    ("nonsense", "PARSE_ERROR", None),
    (b"\xff", "PARSE_ERROR", None),
    ("[]", "INVALID_MESSAGE", None),
    ("{}", "INVALID_MESSAGE", {"field": "type"}),
    ('{"type":"dance"}', "UNKNOWN_ACTION", {"field": "type"}),
    ('{"type":"note"}', "INVALID_MESSAGE", {"field": "payload.text"}),
    ('{"type":"note","payload":{"text":5}}', "INVALID_MESSAGE", {"field": "payload.text"}),
    ('{"type":"note","payload":' + "[" * 50_000 + "]" * 50_000 + "}", "PARSE_ERROR", None),
    (said("note", "refuse"), "NO_SUCH_NOTE", {"number": 0}),
    (said("note", "bug"), "INTERNAL_ERROR", None),
]


@pytest.mark.parametrize(("raw", "code", "details"), WRONG, ids=range(len(WRONG)))
async def test_what_is_wrong_is_told_and_the_socket_stays(raw: str | bytes, code: str, details: Any) -> None:
    _, peer, transport = make()
    peer.message_received(raw)
    (error,) = transport.sent
    assert error["type"] == "error" and error["payload"]["code"] == code
    assert error["payload"].get("details") == details and transport.closed is None
    peer.message_received(said("note"))
    assert transport.types() == ["error", "noted"]


async def test_a_domain_may_refuse_in_its_own_words() -> None:
    _, peer, transport = make()
    peer.message_received('{"type":"own_words","payload":{},"id":"x"}')
    assert transport.sent == [{"type": "own_error", "payload": {"code": "INVALID_MESSAGE"}, "id": "x"}]


async def test_a_bug_in_a_domains_own_words_is_told_and_what_waits_is_done() -> None:
    domain, peer, transport = make()
    for raw in (said("slow", "1"), '{"type":"own_words","payload":{},"id":"bug"}', said("note", "2")):
        peer.message_received(raw)
    domain.gate.set()
    await eventually_async(lambda: domain.done == ["1", "2"])
    assert transport.sent[1]["payload"]["code"] == "INTERNAL_ERROR" and transport.sent[1]["id"] == "bug"


async def test_messages_wait_for_the_one_before_but_pings_do_not() -> None:
    domain, peer, transport = make()
    for raw in (said("slow", "1"), said("note", "2"), said("slow", "3"), said("note", "4"), '{"type":"ping"}'):
        peer.message_received(raw)
    assert domain.done == [] and transport.types() == ["pong"]
    domain.gate.set()
    await eventually_async(lambda: len(domain.done) == 4)
    assert domain.done == ["1", "2", "3", "4"]


async def test_what_was_sent_before_leaving_is_still_done_and_then_the_domain_is_told() -> None:
    domain, peer, _ = make()
    await peer.open()
    peer.message_received(said("slow", "1"))
    peer.message_received(said("note", "2"))
    peer.connection_closed(1001)
    domain.gate.set()
    await eventually_async(lambda: len(domain.done) == 3)
    assert domain.done == ["1", "2", ("closed", 1001)]


async def test_what_waits_is_not_done_for_somebody_who_was_sent_away() -> None:
    domain, peer, _ = make()
    await peer.open()
    peer.message_received(said("slow", "1"))
    peer.message_received(said("note", "2"))
    peer.end(CloseCode.NOT_SIGNED_IN, "signed out", reconnect=False)
    peer.connection_closed(4001)
    domain.gate.set()
    await eventually_async(lambda: len(domain.done) == 2)
    assert domain.done == ["1", ("closed", 4001)]


async def test_too_much_behind_a_slow_handler_ends_the_socket() -> None:
    _, peer, transport = make()
    peer.message_received(said("slow"))
    for _ in range(3):
        peer.message_received(said("note", "x" * (MAX_WAITING_BYTES // 3)))
    assert transport.closed == (1008, "too much at once")


async def test_many_small_messages_behind_a_slow_handler_weigh_what_they_take_in_memory() -> None:
    _, peer, transport = make()
    peer.message_received(said("slow"))
    for _ in range(MAX_WAITING_BYTES // 500):
        peer.message_received('{"type":"free"}')
    assert transport.closed == (1008, "too much at once")


async def test_often_sent_messages_leave_the_others_their_budget() -> None:
    _, peer, transport = make()
    for _ in range(320):
        peer.message_received('{"type":"often"}')
    assert transport.types() == ["noted"] * 300 + ["error"] * 20
    peer.message_received(said("note"))
    assert transport.types()[-1] == "noted"


@pytest.mark.parametrize(("argument", "code"), [("unknown", 4004), ("bug", 1011)])
async def test_a_domain_that_does_not_open_ends_the_socket_and_is_told(argument: str, code: int) -> None:
    domain, peer, transport = make(argument)
    await peer.open()
    assert transport.closed is not None and transport.closed[0] == code
    assert transport.sent[-1]["payload"]["reconnect"] is (code < 4000)
    peer.connection_closed(code)
    peer.connection_closed(code)
    assert domain.done == [("closed", code)]


async def test_work_beside_ends_with_the_socket_and_its_failures_are_told() -> None:
    domain, peer, transport = make()
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await domain.gate.wait()
        finally:
            ended.set()

    async def fail() -> None:
        raise ProtocolError("LATE", "Too late.")

    peer.spawn(wait())
    await peer.spawn(fail())
    assert transport.sent[-1]["payload"]["code"] == "LATE"
    peer.connection_closed(1000)
    await asyncio.wait_for(ended.wait(), 30)


async def test_whoever_waits_for_a_slow_reader_hears_of_it_or_of_its_end() -> None:
    _, peer, transport = make()
    transport.paused = True
    first = asyncio.ensure_future(peer.drained())
    await asyncio.sleep(0)
    assert peer.paused and not first.done()
    transport.paused = False
    peer.writing_resumed()
    assert await first is True
    transport.paused = True
    second = asyncio.ensure_future(peer.drained())
    await asyncio.sleep(0)
    peer.connection_closed(1006)
    assert await second is False


async def test_a_reader_that_takes_nothing_is_dropped_one_that_takes_a_little_stays() -> None:
    hub, clock = make_hub(Limits(slow_seconds=30))
    peer, transport = enter(hub, Domain().endpoint)
    transport.paused, transport.waiting = True, 1000
    for waiting in (1000, 900, 900):
        transport.waiting = waiting
        peer.watch(clock.now)
        clock.now += 29
    assert not transport.aborted
    peer.watch(clock.now)
    assert transport.aborted


async def test_somebody_who_may_not_any_more_is_sent_away() -> None:
    _, peer, transport = make()
    peer.recognise(BOB)
    assert transport.closed is None
    peer.recognise(Identity(2, "bob", is_admin=False, groups=frozenset({"banned"})))
    assert transport.closed == (4003, "not allowed")


async def test_several_messages_are_one_write() -> None:
    _, peer, transport = make()
    peer.send_many([b'{"type":"a"}', b'{"type":"b"}'])
    assert transport.types() == ["a", "b"]


def test_an_address_leads_to_one_endpoint() -> None:
    found = find_endpoint("/ws/monitoring")
    assert found is not None and (found[0].name, found[1]) == ("monitoring", "")
    assert find_endpoint("/ws/monitoring/") is None and find_endpoint("/ws/notes/7") is None
    for endpoint in (
        Endpoint(name="monitoring", messages=(), paths=("/ws/x",)),
        Endpoint(name="ws", messages=(), paths=("/ws/x",)),
        Endpoint(name="other", messages=(), paths=("/ws/monitoring",)),
        Endpoint(name="nowhere", messages=()),
    ):
        with pytest.raises(ValueError):
            register_endpoint(endpoint)
