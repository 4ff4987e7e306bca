"""The registry of measures: values of the whole installation that a rule can judge and no reading holds.

A measure is registered in ``AppConfig.ready()``; nothing else has to be edited for a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Read = Callable[[int, int], float | None]
"""``read(now, window)``, both in ms, returns the value in the component's unit, or None when it can't be known.

It is asked on the detector's thread every few seconds, in a process that may have no hub: so it reads the database or
Redis, takes a few ms at most, and says the same in every process.
"""

FEWEST = 20
"""A share of fewer than so many requests or sockets says nothing: one reload of one page would be 100 %."""


@dataclass(frozen=True)
class Measure:
    """How a component is read. ``past``: ``now`` may be an earlier moment, as far back as the window's data is kept."""

    read: Read
    past: bool


_measures: dict[str, Measure] = {}


def register_measure(component: str, read: Read, *, past: bool = False) -> None:
    """Say how the value of a component is read.

    Raises:
        ValueError: when it has a measure already.
    """
    if component in _measures:
        raise ValueError(f"{component!r} has a measure already.")
    _measures[component] = Measure(read, past)


def register_measures() -> None:
    """Register those that come with Presence."""
    from metrics.statistics.measures import http_error_rate, query_time
    from realtime import figures

    register_measure("connections", lambda now, window: figures.connections_total())
    register_measure("broadcast_latency", figures.broadcast_latency_p95)
    register_measure("reconnect_rate", lambda now, window: figures.reconnect_rate(now, window, fewest=FEWEST))
    register_measure("query_time", query_time, past=True)
    register_measure("http_error_rate", lambda now, window: http_error_rate(now, window, fewest=FEWEST), past=True)


def knows_past(component: str) -> bool:
    """Tell whether a measure can be asked about earlier moments."""
    found = _measures.get(component)
    return found is not None and found.past


def measure(component: str, now: int, window: int) -> float | None:
    """Return the value of a component over the ``window`` ms before ``now``; None when there is none."""
    found = _measures.get(component)
    return None if found is None else found.read(now, window)
