"""Lanes, windows, outboxes and replays against a model, whatever comes in whatever order, on a clock that jumps.

Each example is a script of steps. What every member was sent is then read as a client would read it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from realtime import lane
from realtime.connection import Connection
from realtime.feed import Feed
from realtime.lane import Options
from realtime.outbox import Outbox
from realtime.protocol import Filter, Priority, Severity, SubscribePayload
from realtime.recent import Recent
from realtime.topics import Event, Topic
from realtime.transport import Encoded
from realtime.window import MAX_BATCH, Window
from tests.support.examples import examples
from tests.support.hub import RecordingTransport, join, make_hub
from tests.support.virtual_time import pass_time, run_virtually

MEMBERS = 3
LONG = 100.0
EPOCH = "numbering"
THROTTLES = (0, 250, 1000)
SEVERITIES: tuple[Severity, ...] = ("info", "critical")


class Wire(RecordingTransport):
    """A way out with room for so many messages, after which its reader is behind."""

    def __init__(self) -> None:
        super().__init__()
        self.room: int | None = None
        self.times: list[float] = []

    def send(self, message: Encoded) -> None:
        """Keep the messages and their times, and be full at some point."""
        super().send(message)
        self.times += [asyncio.get_running_loop().time()] * len(message.payloads)
        if self.room is not None:
            self.room -= len(message.payloads)
            self.paused = self.paused or self.room <= 0


@dataclass
class Stay:
    """One subscription of one member to one topic: what it began with, and what came in between."""

    topic: str
    options: Options
    since: int | None
    frames: list[dict[str, Any]] = field(default_factory=list)
    open: bool = True

    @property
    def history(self) -> dict[str, Any]:
        """The ``history_data`` it began with."""
        found: dict[str, Any] = next(f for f in self.frames if f["event"] == "history_data")
        return found

    @property
    def position(self) -> int:
        """Up to where the history reaches."""
        return int(self.history["metadata"]["position"].rpartition(":")[2])

    def events(self) -> list[dict[str, Any]]:
        """The data of all events after the history, unpacked."""
        frames = self.frames[self.frames.index(self.history) + 1 :] if self.answered else []
        return [data for frame in frames for data in unpacked(frame)]

    @property
    def answered(self) -> bool:
        """Whether it lasted until its history came (one that is read from rows takes a while)."""
        return any(f["event"] == "history_data" for f in self.frames)


def unpacked(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the data of the events in a frame."""
    if frame["event"] == "batch_update":
        assert 1 < len(frame["data"]["events"]) <= MAX_BATCH
        return [entry["data"] for entry in frame["data"]["events"]]
    return [frame["data"]] if frame["event"] == "happened" else []


class Scene:
    """A hub with two topics, a table of rows, and members whose transcripts are kept."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.hub, _ = make_hub()
        self.hub.topics = {
            "ordered": Topic("ordered", "ordered", {}, type(None), bytes, after=self._after),  # type: ignore[arg-type]
            "latest": Topic("latest", "latest", {}, type(None), bytes),  # type: ignore[arg-type]
        }
        self.hub.feed = Feed(self.hub.topics, self.hub.subscriptions.offer, lambda message: None)
        self.hub.feed.epochs = dict.fromkeys(self.hub.topics, EPOCH)
        self.published: list[Event] = []
        self.members: list[Connection] = []
        self.wires: list[Wire] = []
        self.seen = [0] * MEMBERS
        self.stays: list[Stay] = []
        self.current: dict[tuple[int, str], Stay] = {}
        for _ in range(MEMBERS):
            connection, _ = join(self.hub, version="1.1")
            wire = Wire()
            connection.attach(wire)
            self.members.append(connection)
            self.wires.append(wire)

    def _after(self, position: int, limit: int) -> list[Event]:
        return [row for row in self.rows if row.position > position][:limit]

    # --- steps ---

    def add_rows(self, count: int, severity: Severity, priority: Priority) -> None:
        """Rows appear; nobody has read them yet."""
        for _ in range(count):
            position = len(self.rows) + 1
            data = b'{"n":%d}' % position
            self.rows.append(Event("ordered", "happened", data, position, "", priority, severity=severity))

    def read(self) -> None:
        """The feed reads what is new, unless it is at it already."""
        if self.hub.feed._reading["ordered"].locked():
            return
        for row in self._after(self.hub.feed.positions["ordered"], len(self.rows)):
            self.hub.feed.take(row)

    def publish(self, key: str, priority: Priority, severity: Severity) -> None:
        """An event of the latest topic comes in."""
        position = len(self.published) + 1
        data = b'{"n":%d,"key":"%b"}' % (position, key.encode())
        event = Event("latest", "happened", data, position, key, priority, severity=severity)
        self.published.append(event)
        self.hub.feed.take(event)

    def forget(self) -> None:
        """Memory holds nothing of the ordered topic any more."""
        self.hub.feed.recent["ordered"] = Recent(self.hub.topics["ordered"])

    def subscribe(self, who: int, topic: str, throttle_ms: int, picky: bool, since: int | None = None) -> None:
        """A member subscribes, perhaps anew."""
        self.leave(who, topic)
        wanted = Filter(min_severity="critical") if picky else None
        stay = Stay(topic, Options.of(throttle_ms, wanted, "1.1"), since)
        self.stays.append(stay)
        self.current[who, topic] = stay
        positions = None if since is None else {topic: f"{EPOCH}:{since}"}
        payload = SubscribePayload([topic], throttle_ms, wanted, positions, 5)
        self.hub.subscriptions.subscribe(self.members[who], [self.hub.topics[topic]], payload, None)
        self.look()

    def leave(self, who: int, topic: str) -> None:
        """A member unsubscribes, if it was subscribed."""
        self.look()
        stay = self.current.pop((who, topic), None)
        if stay is not None:
            self.hub.subscriptions.leave(self.members[who], topic)
            stay.open = False

    def resume(self, who: int, room: int | None) -> None:
        """A reader reads again, perhaps not for long."""
        wire = self.wires[who]
        wire.room, wire.paused = room, False
        self.members[who].writing_resumed()

    def look(self) -> None:
        """Sort what was sent since the last look into the stays it belongs to; nothing may come behind a leave."""
        for who, wire in enumerate(self.wires):
            for frame in wire.sent[self.seen[who] :]:
                if frame["type"] in self.hub.topics or frame["event"] == "history_data":
                    topic = frame["data"]["type"] if frame["event"] == "history_data" else frame["type"]
                    assert (who, topic) in self.current, f"{frame} came after leaving"
                    self.current[who, topic].frames.append(frame)
            self.seen[who] = len(wire.sent)

    async def settle(self) -> None:
        """Everybody reads, and time passes until nothing is left to send."""
        for _ in range(2):
            self.read()
            for who in range(MEMBERS):
                self.resume(who, None)
            await pass_time(LONG)
        self.look()


Step = tuple[Any, ...]
who = st.integers(0, MEMBERS - 1)
priority = st.sampled_from(("high", "normal", "low"))
severity = st.sampled_from(SEVERITIES)
positions = st.none() | st.integers(0, 700)
steps = st.one_of(
    st.tuples(st.just("rows"), st.sampled_from((1, 1, 2, 3, 120, 600)), severity, priority),
    st.tuples(st.just("read")),
    st.tuples(st.just("alert"), severity, priority),
    st.tuples(st.just("publish"), st.sampled_from("abc"), priority, severity),
    st.tuples(
        st.just("subscribe"), who, st.just("ordered"), st.just(0), st.booleans(), st.none() | st.integers(0, 800)
    ),
    st.tuples(st.just("subscribe"), who, st.just("latest"), st.sampled_from(THROTTLES), st.booleans(), st.none()),
    st.tuples(st.just("leave"), who, st.sampled_from(("ordered", "latest"))),
    st.tuples(st.just("pause"), who),
    st.tuples(st.just("resume"), who, st.none() | st.integers(1, 4)),
    st.tuples(st.just("forget")),
    st.tuples(st.just("wait"), st.sampled_from((0.0, 0.01, 0.06, 0.3, 2.0))),
)
few = st.integers(0, 1)
behind = st.one_of(  # what makes readers of alerts fall behind and be helped, over and over
    st.tuples(st.just("alert"), st.just("info"), st.sampled_from(("low", "high"))),
    st.tuples(st.just("rows"), st.sampled_from((1, 150, 550)), severity, priority),
    st.tuples(st.just("read")),
    st.tuples(st.just("pause"), few),
    st.tuples(st.just("resume"), few, st.none() | st.integers(1, 3)),
    st.tuples(st.just("forget")),
    st.tuples(st.just("wait"), st.sampled_from((0.0, 0.01, 0.06))),
    st.tuples(
        st.just("subscribe"), few, st.just("ordered"), st.just(0), st.booleans(), st.none() | st.integers(0, 600)
    ),
)
scripts = st.lists(steps, max_size=40) | st.lists(behind, min_size=5, max_size=40).map(lambda found: [BEGIN, *found])
BEGIN: Step = ("subscribe", 0, "ordered", 0, False, None)
ALERT: Step = ("alert", "info", "low")
PENDING_AT_THE_END_OF_A_REPLAY: list[Step] = [
    BEGIN, ALERT, ("pause", 0), ALERT, ("wait", 0.06), ALERT, ("resume", 0, None)
]  # fmt: skip
ANEW_WHILE_ROWS_ARE_READ: list[Step] = [
    BEGIN, ALERT, ("pause", 0), ALERT, ("wait", 0.06), ("forget",), ("resume", 0, None), ("wait", 0.01), BEGIN
]  # fmt: skip
ROWS_THAT_NOBODY_HAS_READ: list[Step] = [
    BEGIN, ALERT, ("pause", 0), ALERT, ("wait", 0.06), ("forget",), ("rows", 3, "info", "low"), ("resume", 0, None),
    ("wait", 0.3),
]  # fmt: skip


async def play(script: Iterable[Step]) -> Scene:
    """Carry the steps out one after the other, then let everything come to rest."""
    scene = Scene()
    for name, *values in script:
        if name == "wait":
            await pass_time(values[0])
        elif name == "rows":
            scene.add_rows(*values)
        elif name == "alert":
            scene.add_rows(1, *values)
            scene.read()
        elif name == "pause":
            scene.wires[values[0]].paused = True
        elif name == "subscribe":
            member, topic, throttle_ms, picky, since = values
            known = None if since is None else min(since, len(scene.rows))
            scene.subscribe(member, topic, throttle_ms, picky, known)
        else:
            getattr(scene, name)(*values)
        scene.look()
    await scene.settle()
    return scene


def numbers(scene: Scene, stay: Stay, after: int) -> list[int]:
    """Return the rows behind a position that a stay wants."""
    return [row.position for row in scene.rows if row.position > after and stay.options.wants(row)]


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts, st.sampled_from((1, 2, 100)), st.sampled_from((0.0, 0.02, 1.0)))
@example(PENDING_AT_THE_END_OF_A_REPLAY, 100, 0.0)
@example(ANEW_WHILE_ROWS_ARE_READ, 100, 0.02)
@example(ROWS_THAT_NOBODY_HAS_READ, 100, 0.02)
def test_each_ordered_event_reaches_each_member_exactly_once_and_in_order(
    script: list[Step], chunk: int, thread_seconds: float
) -> None:
    with patch.object(lane, "CHUNK", chunk):
        scene = run_virtually(play(script), thread_seconds=thread_seconds)
    for stay in (stay for stay in scene.stays if stay.topic == "ordered" and stay.answered):
        expected = numbers(scene, stay, stay.position)
        got = [data["n"] for data in stay.events()]
        assert got == (expected if stay.open else expected[: len(got)])


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts, st.sampled_from((1, 2, 100)), st.sampled_from((0.0, 0.02, 1.0)))
def test_a_history_since_a_position_and_the_events_behind_it_leave_no_gap(
    script: list[Step], chunk: int, thread_seconds: float
) -> None:
    with patch.object(lane, "CHUNK", chunk):
        scene = run_virtually(play(script), thread_seconds=thread_seconds)
    for stay in (stay for stay in scene.stays if stay.since is not None):
        assert stay.answered or not stay.open
        if stay.answered:
            assert stay.since is not None and stay.history["metadata"]["recovered"] is True
            got = [*stay.history["data"]["data"], *stay.events()]
            expected = numbers(scene, stay, stay.since)
            assert [data["n"] for data in got] == (expected if stay.open else expected[: len(got)])


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts, st.sampled_from((1, 2, 100)))
def test_the_newest_of_each_key_always_arrives_and_nothing_goes_back(script: list[Step], chunk: int) -> None:
    with patch.object(lane, "CHUNK", chunk):
        scene = run_virtually(play(script))
    for stay in (stay for stay in scene.stays if stay.topic == "latest"):
        got = [*stay.history["data"]["data"], *stay.events()]
        for key in "abc":
            wanted = [e.position for e in scene.published if e.key == key and stay.options.wants(e)]
            arrived = [data["n"] for data in got if data["key"] == key]
            assert arrived == sorted(set(arrived)) and set(arrived) <= set(wanted)
            if stay.open:
                assert arrived[-1:] == wanted[-1:]


@settings(max_examples=examples(200), deadline=None)
@given(
    st.sampled_from((250, 1000)),
    st.lists(st.tuples(st.sampled_from("abc"), priority, st.sampled_from((0.0, 0.04, 0.2, 0.9, 3.0))), max_size=30),
)
def test_a_throttled_member_gets_no_two_frames_within_its_time_and_the_newest_at_its_end(
    throttle_ms: int, published: list[tuple[str, Priority, float]]
) -> None:
    async def watch() -> tuple[list[float], dict[str, int], dict[str, int]]:
        scene = Scene()
        scene.subscribe(0, "latest", throttle_ms, False, None)
        begun = len(scene.wires[0].sent)
        for key, urgency, pause in published:
            scene.publish(key, urgency, "info")
            await pass_time(pause)
        await pass_time(throttle_ms / 1000)
        wire = scene.wires[0]
        arrived = {data["key"]: data["n"] for frame in wire.sent[begun:] for data in unpacked(frame)}
        return wire.times[begun:], arrived, {event.key: event.position for event in scene.published}

    times, arrived, newest = run_virtually(watch())
    assert arrived == newest
    assert all(later - earlier >= throttle_ms / 1000 - 1e-6 for earlier, later in pairwise(times))


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=60), st.lists(st.sampled_from("abcd"), max_size=10))
def test_the_overflow_says_exactly_how_many_were_skipped(missed: list[str], before: list[str]) -> None:
    async def watch() -> list[dict[str, Any]]:
        scene = Scene()
        scene.subscribe(0, "latest", 0, False, None)
        for keys in (before, missed):
            scene.wires[0].paused = keys is missed
            for key in keys:
                scene.publish(key, "high", "info")  # urgent: no window keeps it
        scene.resume(0, None)
        return scene.wires[0].sent

    sent = run_virtually(watch())
    told = [frame["data"]["details"]["missed"] for frame in sent if frame["event"] == "error"]
    skipped = len(missed) - len(set(missed))
    assert told == ([skipped] if skipped else [])
    assert sum(len(unpacked(frame)) for frame in sent) == len(before) + len(missed) - skipped


@given(st.lists(st.one_of(st.tuples(st.just("add"), st.integers(0, 5)), st.tuples(st.just("take"), st.just(0)))))
def test_an_outbox_never_holds_more_than_one_event_a_key(script: list[tuple[Literal["add", "take"], int]]) -> None:
    outbox, model, missed, position = Outbox(0.0), dict[str, int](), 0, 0
    for name, number in script:
        if name == "add":
            position += 1
            key = str(number)
            missed += key in model
            model[key] = position
            outbox.keep_latest([Event("latest", "happened", b"1", position, key)])
        else:
            assert {event.key: event.position for event in outbox.take_latest()} == model
            assert outbox.take_missed() == missed
            model, missed = {}, 0
            assert outbox.empty()


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.01, 0.03, 0.05, 0.2)), priority, st.integers(1, 230))))
def test_a_window_hands_out_each_ordered_event_once_in_frames_that_are_never_too_large(
    bursts: list[tuple[float, Priority, int]],
) -> None:
    window, now, count, taken = Window(conflate=False), 0.0, 0, []
    for pause, urgency, size in bursts:
        now += pause
        for _ in range(size):
            count += 1
            window.add(Event("ordered", "happened", b"1", count, priority=urgency))
        if window.due_in(now) == 0:
            frames = window.take(now)
            assert all(0 < len(frame) <= MAX_BATCH for frame in frames)
            taken += [event.position for frame in frames for event in frame]
    taken += [event.position for frame in window.take(now + 1) for event in frame]
    assert taken == list(range(1, count + 1))


def test_a_member_that_comes_while_an_event_waits_gets_it_once() -> None:
    async def watch() -> list[int]:
        scene = Scene()
        scene.subscribe(0, "ordered", 0, False, None)
        for _ in range(2):  # the second waits for the end of the window that the first has opened
            scene.add_rows(1, "info", "normal")
            scene.read()
        scene.subscribe(1, "ordered", 0, False, None)
        await pass_time(1)
        return [data["n"] for frame in scene.wires[1].sent for data in [*unpacked(frame), *history_of(frame)]]

    assert run_virtually(watch()) == [1, 2]


def history_of(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of a ``history_data``."""
    entries: list[dict[str, Any]] = frame["data"]["data"] if frame["event"] == "history_data" else []
    return json.loads(json.dumps(entries))  # type: ignore[no-any-return]
