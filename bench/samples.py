"""How a sample is taken: what is opened, what is published, what is read off. One function a scenario."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from bench.event import Load
from bench.load_client import LoadClient, Sockets, subscribe_text
from bench.machine import busy_seconds
from bench.targets import Target

WARM_UP = 2.0
"""Seconds between the start of a load and the start of counting."""
DRAIN = 1.5
"""Seconds that an event sent within the window may take to arrive; what comes later counts as missing."""
WINDOW = 10.0
"""Seconds of counting where the load is a message a second."""
SATURATION_RATES = (20, 30, 36, 40, 43, 46, 48, 50, 52, 55, 60, 90, 150, 250, 400, 700, 1000, 1500, 2200)
"""Events a second offered in turn to 5,000 sockets, until more of them bring no more deliveries."""
JOINED = 1.1
"""Frames in one read of the client from which a server joins events into one write a socket: it is behind."""

Sample = dict[str, float]


class Failed(Exception):
    """A server could not take part; the text is the reason."""


# --- shared steps ---


@contextmanager
def running(target: Target) -> Iterator[None]:
    """Start the server, and end it whatever happens."""
    target.start()
    try:
        yield
    finally:
        target.stop()


@contextmanager
def opened(target: Target, sockets: Sockets) -> Iterator[tuple[LoadClient, dict[str, Any]]]:
    """Open and subscribe sockets on a running server.

    Raises:
        Failed: when not every one got its answer in time.
    """
    client = LoadClient(port=target.port, headers=target.headers, sockets=sockets, core=target.place.cores.client)
    try:
        yield client, connect(client, sockets)
    finally:
        client.stop()


def connect(client: LoadClient, sockets: Sockets) -> dict[str, Any]:
    """Open and subscribe all sockets; return the client's figures.

    Raises:
        Failed: when not every one got its answer in time.
    """
    answer = client.connect()
    if answer["ready"] < sockets.count:
        reason = f" ({answer['error']})" if answer["error"] else ""
        seconds = f"{answer['elapsedS']:.0f} of {sockets.connect_seconds:g} s"
        raise Failed(f"{answer['ready']:,} of {sockets.count:,} subscribed after {seconds}{reason}")
    return answer


class Watch:
    """The server's core from now on: what the server used of it, and what others did."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._cpu = target.server.cpu()
        self._busy = busy_seconds(target.place.cores.server)
        self._start = time.monotonic()
        self.seconds = 0.0

    def shares(self) -> Sample:
        """Return both in percent of the time since the start."""
        self.seconds = time.monotonic() - self._start
        cpu = self._target.server.cpu() - self._cpu
        others = busy_seconds(self._target.place.cores.server) - self._busy - cpu
        return {"serverCpu": 100 * cpu / self.seconds, "others": max(0.0, 100 * others / self.seconds)}


def measured(target: Target, client: LoadClient, load: Load, seconds: float, pings: float = 0.0) -> Sample:
    """Publish steadily, count for ``seconds`` s, return all groups' figures (``group0_p95`` ...) and CPU shares."""
    steady = Load(load.rate, WARM_UP + seconds + DRAIN + 5, load.hosts, load.pad, load.priority)
    target.publish(steady)
    time.sleep(WARM_UP)
    watch = Watch(target)
    answer = client.measure(seconds, drain=DRAIN, pings=pings)
    sample = {**watch.shares(), **figures(answer, load.rate * seconds)}
    target.stop_publishing()
    return sample


def figures(answer: dict[str, Any], offered: float = 0.0) -> Sample:
    """Flatten the client's answer. The figures of the first group also come without a prefix.

    ``offered`` is how many events were due in the window: those that reached nobody are missing too. One of them, and
    1 %, may have fallen outside of it.
    """
    window, seen = answer["windowS"], answer["lastSeq"] - answer["firstSeq"] + 1 if answer["lastSeq"] else 0
    published = max(seen, int(offered * 0.99) - 1)
    sample: Sample = {"clientCpu": 100 * answer["clientCpu"]}
    for number, group in enumerate(answer["groups"]):
        sockets, latency = group["sockets"], group["latencyMs"]
        values = {
            "eventsPerS": group["events"] / window,
            "framesPerS": group["frames"] / window,
            "missing": 100 * (1 - group["delivered"] / (published * sockets)) if published and sockets else 100.0,
            "backward": group["backward"],
        }
        values |= {name: latency[name] for name in ("p50", "p95", "p99", "max") if name in latency}
        if sockets:
            values |= {
                "framesPerSocket": values["framesPerS"] / sockets,
                "eventsPerSocket": values["eventsPerS"] / sockets,
            }
        sample |= {f"group{number}_{name}": value for name, value in values.items()} | (values if number == 0 else {})
    pong = answer["pongMs"]
    if pong["count"]:
        sample |= {f"pong_{name}": pong[name] for name in ("p50", "p95", "p99", "max")}
    return sample


def received(sample: Sample) -> Sample:
    """Return the sample if anything arrived.

    Raises:
        Failed: when nothing did.
    """
    if "p95" not in sample:
        raise Failed(f"nothing arrived within {WINDOW + DRAIN:g} s")
    return sample


# --- the scenarios ---


def fan_out(target: Target, count: int) -> Sample:
    """One message a second to all."""
    with running(target), opened(target, Sockets(count)) as (client, _):
        return received(measured(target, client, Load(1, 0), WINDOW))


def ping_under_broadcast(target: Target, count: int) -> Sample:
    """200 pings a second over all sockets in turn, while one message a second goes to all."""
    with running(target), opened(target, Sockets(count)) as (client, _):
        sample = measured(target, client, Load(1, 0), WINDOW, pings=200)
    if "pong_p99" not in sample:
        raise Failed(f"no pong within {WINDOW + DRAIN:g} s")
    return sample


def many_hosts(target: Target, count: int) -> Sample:
    """100 hosts, each once a second, spread evenly."""
    with running(target), opened(target, Sockets(count)) as (client, _):
        return received(measured(target, client, Load(100, 0, hosts=100), WINDOW))


def saturation(target: Target, count: int) -> Sample:
    """Faster and faster: the most while each event is a write of its own, and the most at all."""
    with running(target), opened(target, Sockets(count)) as (client, _):
        steps = _climb(target, client, "high" if target.urgent else "normal")
    best = max(steps, key=lambda step: step["eventsPerS"])
    single = [step for step in steps if step["joined"] < JOINED]
    most = max(single or steps[:1], key=lambda step: step["eventsPerS"])
    found = {**best, "single": most["eventsPerS"], "singleP95": most["p95"], "singleClientCpu": most["clientCpu"]}
    found["microseconds"] = 1e4 * steps[0]["serverCpu"] / steps[0]["eventsPerS"]
    return found


def _climb(target: Target, client: LoadClient, priority: Literal["high", "normal"]) -> list[Sample]:
    """Return a sample for each rate that was tried: at least one."""
    steps: list[Sample] = []
    best, worse = 0.0, 0
    for rate in SATURATION_RATES:
        target.publish(Load(rate, 30, hosts=1000, priority=priority))
        time.sleep(1.0)
        before, watch = target.published(), Watch(target)
        answer = client.measure(3)
        step = {**figures(answer), **watch.shares()}
        step["offered"] = (target.published() - before) / watch.seconds
        step["joined"] = step["framesPerS"] * answer["windowS"] / max(1, answer["reads"])
        target.stop_publishing()
        if answer["lost"]:
            raise Failed(f"{answer['lost']:,} sockets were closed at {rate} events a second ({answer['error']})")
        if "p95" not in step:
            raise Failed(f"nothing sent within 3 s arrived within them, at {rate} events a second")
        steps.append(step)
        worse = 0 if step["eventsPerS"] > 1.02 * best else worse + 1
        best = max(best, step["eventsPerS"])
        if worse == 2:
            break
        _until_quiet(client)
    return steps


def _until_quiet(client: LoadClient, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not client.measure(0.3)["groups"][0]["frames"]:
            return
    raise Failed(f"what had piled up was not delivered within {seconds:g} s of the publisher's end")


def connect_storm(target: Target, count: int) -> Sample:
    """All signed-in sockets at once, each subscribes; then again on the warm server."""
    sockets = Sockets(count, concurrency=500)
    with running(target), opened(target, sockets) as (client, cold):
        client.close()
        time.sleep(1.0)
        watch = Watch(target)
        warm = connect(client, sockets)
        shares = watch.shares()
    return {
        "perSecond": warm["perSecond"],
        "cold": cold["perSecond"],
        "p50": warm["connectMs"]["p50"],
        "p99": warm["connectMs"]["p99"],
        **shares,
        "clientCpu": 100 * warm["clientCpu"],
    }


ROUNDS = 5


def memory(target: Target, count: int) -> Sample:
    """Resident memory of a subscribed socket, then whether it stays where it is over rounds of reconnecting."""
    with running(target):
        few = Sockets(200)
        with opened(target, few) as (client, _):  # what the first sockets load is not theirs
            measured(target, client, Load(2, 0), 1.0)
            client.close()
        base = target.server.rss()
        sockets = Sockets(count)
        with opened(target, sockets) as (client, _):
            readings = [_settled_rss(target, client)]
            for _round in range(ROUNDS - 1):
                client.close()
                connect(client, sockets)
                readings.append(_settled_rss(target, client))
    reconnects = (ROUNDS - 1) * count
    return {
        "kbPerSocket": (readings[0] - base) / 1024 / count,
        "kbPerSocketLast": (readings[-1] - base) / 1024 / count,
        "growthKb": (readings[-1] - readings[0]) / 1024 / (reconnects / 1000),
        "totalMb": readings[-1] / 1e6,
    }


def _settled_rss(target: Target, client: LoadClient) -> int:
    target.publish(Load(2, 1))
    client.measure(1.5)
    return target.server.rss()


def slow_readers(target: Target, count: int) -> Sample:
    """10 messages a second; p95 of those that read, without and with 1 % that have stopped reading."""
    load = Load(10, 0)
    with running(target), opened(target, Sockets(count)) as (client, _):
        without = received(measured(target, client, load, WINDOW / 2))
    slow = max(1, count // 100)
    with running(target), opened(target, Sockets(count, slow=slow)) as (client, _):
        base = target.server.rss()
        target.publish(Load(4, 4, pad=8192))  # 128 KB each: their windows and the server's send buffers are full
        client.measure(5.5)
        sample = received(measured(target, client, load, WINDOW))
        grown = target.server.rss() - base
    return {**sample, "without": without["p95"], "times": sample["p95"] / without["p95"], "grownMb": grown / 1e6}


def lanes(target: Target, count: int) -> Sample:
    """50 events a second from 10 hosts: a third of the sockets takes all, a third a frame a second, a third a host."""
    load = Load(50, 0, hosts=10)
    with running(target), opened(target, Sockets(count)) as (client, _):
        plain = received(measured(target, client, load, WINDOW / 2))
    kinds = (subscribe_text(), subscribe_text(throttleMs=1000), subscribe_text(filter={"hosts": ["h1"]}))
    with running(target), opened(target, Sockets(count, subscribes=kinds)) as (client, _):
        sample = received(measured(target, client, load, WINDOW))
    return {**sample, "plainCpu": plain["serverCpu"], "plainP95": plain["p95"]}
