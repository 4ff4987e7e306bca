"""The scenarios: one table of the report each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bench import samples
from bench.samples import ROUNDS, Sample
from bench.targets import Target


@dataclass(frozen=True)
class Column:
    """One figure. ``headline`` marks the one that ratios are made of."""

    key: str
    title: str
    digits: int = 1
    headline: bool = False


@dataclass(frozen=True)
class Scenario:
    """One table of the report. ``sockets`` is how many it wants; ``--sockets`` may cap it."""

    name: str
    title: str
    sockets: int
    sample: Callable[[Target, int], Sample]
    columns: tuple[Column, ...]
    needs_lanes: bool = False
    notes: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)


CPU_COLUMNS = (
    Column("serverCpu", "server CPU %", 0),
    Column("others", "others %", 0),
    Column("clientCpu", "client CPU %", 0),
)
LATENCY_COLUMNS = (Column("p50", "p50 ms"), Column("p95", "p95 ms", headline=True), Column("p99", "p99 ms"))


def scenarios() -> list[Scenario]:
    """Return all scenarios in the order of the report."""
    missing = Column("missing", "missing %", 2)
    found = [
        Scenario(
            f"fanout-{count}",
            f"Fan-out: {count:,} sockets, one message of 379 bytes a second, publish to receipt",
            count,
            samples.fan_out,
            (*LATENCY_COLUMNS, missing, *CPU_COLUMNS),
            tags=frozenset({"fanout"}),
        )
        for count in (1_000, 5_000, 10_000)
    ]
    found.append(
        Scenario(
            "ping",
            "Ping to pong: 10,000 sockets under one broadcast a second, 200 pings a second",
            10_000,
            samples.ping_under_broadcast,
            (
                Column("pong_p50", "p50 ms", 2),
                Column("pong_p95", "p95 ms", 2),
                Column("pong_p99", "p99 ms", 2, headline=True),
                Column("pong_max", "max ms", 1),
                *CPU_COLUMNS,
            ),
        )
    )
    found.append(
        Scenario(
            "saturation",
            "Saturation: 5,000 sockets, events offered faster and faster",
            5_000,
            samples.saturation,
            (
                Column("single", "one write each: deliveries/s", 0, headline=True),
                Column("singleP95", "p95 ms", 0),
                Column("singleClientCpu", "client CPU %", 0),
                Column("microseconds", "server CPU us each", 2),
                Column("eventsPerS", "joined: deliveries/s", 0),
                Column("p95", "p95 ms", 0),
                Column("offered", "events/s", 0),
                *CPU_COLUMNS,
            ),
            notes="One write each: the best step at which the client still found one frame in a read. Joined: the\n"
            "best step at all, several events in one write a socket. CPU of a delivery is at 20 events a second.",
        )
    )
    found.append(
        Scenario(
            "storm",
            "Connect storm: 10,000 signed-in sockets, each subscribes, 500 on their way at a time",
            10_000,
            samples.connect_storm,
            (
                Column("perSecond", "connects/s", 0, headline=True),
                Column("cold", "first time/s", 0),
                Column("p50", "p50 ms"),
                Column("p99", "p99 ms"),
                *CPU_COLUMNS,
            ),
        )
    )
    found.append(
        Scenario(
            "memory",
            f"Memory: 5,000 subscribed sockets, then {ROUNDS - 1} rounds of closing and opening all",
            5_000,
            samples.memory,
            (
                Column("kbPerSocket", "KB/socket", headline=True),
                Column("kbPerSocketLast", "KB/socket, last round"),
                Column("growthKb", "growth KB/1,000 reconnects", 0),
                Column("totalMb", "process MB", 0),
            ),
            notes="Resident memory of the server process only; the kernel's socket buffers are the same for all.",
        )
    )
    found.append(
        Scenario(
            "slow",
            "Slow readers: 1 % of 5,000 sockets have stopped reading, 10 messages a second; the others' latency",
            5_000,
            samples.slow_readers,
            (
                *LATENCY_COLUMNS,
                Column("without", "p95 without ms"),
                Column("times", "with / without", 2),
                Column("grownMb", "grown MB"),
                *CPU_COLUMNS,
            ),
        )
    )
    found.append(
        Scenario(
            "hosts",
            "Many hosts: 100 hosts at one update a second each, 1,000 sockets",
            1_000,
            samples.many_hosts,
            (*LATENCY_COLUMNS, Column("framesPerSocket", "frames/s a socket"), missing, *CPU_COLUMNS),
            notes="Presence gathers events for up to 50 ms (a requirement): its latency here, and what saves its CPU.",
        )
    )
    found.append(
        Scenario(
            "lanes",
            "Lanes: 50 events a second from 10 hosts to 5,000 sockets, a third each plain, throttled, filtered",
            5_000,
            samples.lanes,
            (
                Column("group0_p95", "plain p95 ms", headline=True),
                Column("group1_framesPerSocket", "throttled frames/s", 2),
                Column("group2_eventsPerSocket", "filtered events/s", 2),
                Column("group2_p95", "filtered p95 ms"),
                Column("plainP95", "all plain p95 ms"),
                Column("plainCpu", "all plain CPU %", 0),
                *CPU_COLUMNS,
            ),
            needs_lanes=True,
        )
    )
    return found
