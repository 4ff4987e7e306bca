"""The registry of measures: values of the whole installation that a rule can judge and no reading holds.

A measure is registered in ``AppConfig.ready()``; nothing else has to be edited for a new one.
"""

from __future__ import annotations

from collections.abc import Callable

Read = Callable[[int, int], float | None]
"""``read(now, window)``, both in ms, returns the value in the component's unit, or None when it can't be known.

It is asked on the detector's thread every few seconds, in a process that may have no hub: so it reads the database or
Redis, takes a few ms at most, and says the same in every process.
"""

_measures: dict[str, Read] = {}


def register_measure(component: str, read: Read) -> None:
    """Say how the value of a component is read.

    Raises:
        ValueError: when it has a measure already.
    """
    if component in _measures:
        raise ValueError(f"{component!r} has a measure already.")
    _measures[component] = read


def measure(component: str, now: int, window: int) -> float | None:
    """Return the value of a component over the ``window`` ms before ``now``; None when there is none."""
    read = _measures.get(component)
    return None if read is None else read(now, window)
