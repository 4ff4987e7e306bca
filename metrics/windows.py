"""The average of a component over the last readings of one host. Pure, but for being mutable."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from math import isnan

from metrics.components import values_of
from metrics.messages import SystemStatus

ENOUGH_MS = 30_000
"""An average needs readings of half its window, or of this long: the first busy second is no busy minute."""

SET_BACK_MS = 60_000
"""Readings may come out of order by seconds; a clock that is so far behind the newest one has been set back."""

Lengths = Mapping[str, int]
"""The longest window that any rule asks for, by component, in ms."""


class Windows:
    """What a host's rules with a window need of its past."""

    def __init__(self) -> None:
        self._values: dict[str, deque[tuple[int, float]]] = {}

    def misses(self, lengths: Lengths) -> set[str]:
        """Return the components that are asked for and were not kept so far."""
        return {component for component, length in lengths.items() if length and component not in self._values}

    def fill(self, components: Iterable[str], past: Iterable[SystemStatus]) -> None:
        """Begin to keep components, with readings of the past, oldest first."""
        kept = {component: self._values.setdefault(component, deque()) for component in components}
        for reading in past:
            values = values_of(reading)
            for component, window in kept.items():
                _append(window, reading.timestamp, values.get(component))

    def add(self, now: int, values: Mapping[str, float | None], lengths: Lengths) -> None:
        """Take in the newest values, and forget what no rule needs any more.

        So is what a clock that has been set back since had stamped: until it came by again, nothing would be taken in.
        """
        for component in [name for name in self._values if not lengths.get(name)]:
            del self._values[component]
        for component, window in self._values.items():
            while window and window[-1][0] > now + SET_BACK_MS:
                window.pop()
            _append(window, now, values.get(component))
            while window and window[0][0] <= now - lengths[component]:
                window.popleft()

    def average(self, component: str, length: int, now: int) -> float | None:
        """Return the average over the ``length`` ms up to ``now``; None while too little of it was seen."""
        count, total, first = 0, 0.0, now
        for moment, value in reversed(self._values.get(component, ())):
            if moment <= now - length:
                break
            if moment <= now:
                count, total, first = count + 1, total + value, moment
        if not count or now - first < min(length // 2, ENOUGH_MS):
            return None
        return round(total / count, 2)


def _append(window: deque[tuple[int, float]], now: int, value: float | None) -> None:
    if value is not None and not isnan(value) and (not window or window[-1][0] < now):
        window.append((now, value))
