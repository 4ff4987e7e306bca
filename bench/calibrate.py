"""Proof that the load client is not the bottleneck: the same client against the least that can broadcast, in C."""

from __future__ import annotations

import time
from typing import Any

from bench.cache import compiled
from bench.load_client import LoadClient, Sockets
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port

SOCKETS = 5_000


def calibrate(cores: Cores, sockets: int = SOCKETS) -> dict[str, Any]:
    """Print and return what the client reaches against one raw broadcaster, and against two on two cores.

    One broadcaster has the server's core, as every measured server has: no server can be faster than it at a write an
    event. Two of them show what the client could still take.
    """
    print(f"\nCalibration: the load client against raw broadcasters in C, {sockets:,} sockets")
    figures: dict[str, Any] = {"one": _against([cores.server], cores.client, sockets)}
    if cores.others not in (cores.server, cores.client):
        figures["two"] = _against([cores.server, cores.others], cores.client, sockets)
    else:
        print("two broadcasters: left out, there is no third core for the second one")
    return figures


def _against(broadcaster_cores: list[int], client_core: int, sockets: int) -> dict[str, Any]:
    port = free_port()
    program = compiled("broadcaster")
    broadcasters = [Pinned([program, str(port)], core=core, piped=True) for core in broadcaster_cores]
    client = LoadClient(port=port, headers=None, sockets=Sockets(sockets, greeted=False), core=client_core)
    try:
        wait_for_port(port, broadcasters[-1], 5)
        client.connect()
        client.close()
        connects = client.connect()["perSecond"]
        steps = {
            "oneASecond": _step(broadcasters, client, "publish 1 5 1", 5.0),
            "flatOut": _step(broadcasters, client, "publish 0 4 1", 3.0),
            "joined16": _step(broadcasters, client, "publish 0 4 16", 3.0),
        }
    finally:
        client.stop()
        for broadcaster in broadcasters:
            broadcaster.stop()
    name = f"{len(broadcaster_cores)} broadcaster{'s' if len(broadcaster_cores) > 1 else ''}"
    print(
        f"{name}: {connects:,.0f} connects/s; one message a second: p50 {steps['oneASecond']['p50']:.1f} ms, "
        f"p95 {steps['oneASecond']['p95']:.1f} ms"
    )
    for key, title in (("flatOut", "flat out, a write a frame"), ("joined16", "flat out, 16 frames a write")):
        print(f"  {title}: {steps[key]['perSecond']:,.0f} deliveries/s, client CPU {steps[key]['clientCpu']:.0f} %")
    return {"connectsPerSecond": connects, **steps}


def _step(broadcasters: list[Pinned], client: LoadClient, command: str, seconds: float) -> dict[str, float]:
    for broadcaster in broadcasters:
        assert broadcaster.popen.stdin is not None
        broadcaster.popen.stdin.write(command + "\n")
        broadcaster.popen.stdin.flush()
    time.sleep(0.5)
    answer = client.measure(seconds, drain=1.0)
    group = answer["groups"][0]
    latency = group["latencyMs"]
    time.sleep(1.0)
    return {
        "perSecond": group["events"] / answer["windowS"],
        "clientCpu": 100 * answer["clientCpu"],
        "p50": latency["p50"],
        "p95": latency["p95"],
    }
