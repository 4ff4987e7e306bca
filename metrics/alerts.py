"""The alert state machine: one rule, one host, one value at a time. Pure: clock and state are arguments.

Hysteresis: a level is raised beyond its raise threshold and held until the value is back at its clear threshold.
``for`` delays a worse level, ``keep_firing_for`` a better one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from realtime.protocol import SEVERITY_RANK

Level = Literal["warning", "critical"]
RANK: dict[str, int] = {"": -1, **SEVERITY_RANK}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A rule's numbers, in the unit of its component; durations in ms."""

    above: bool = True
    warning_raise: float | None = None
    warning_clear: float | None = None
    critical_raise: float | None = None
    critical_clear: float | None = None
    for_ms: int = 0
    keep_firing_for_ms: int = 0

    def raise_at(self, level: str) -> float | None:
        """Return the raise threshold of a level; None when the rule has none."""
        return self.critical_raise if level == "critical" else self.warning_raise

    def clear_at(self, level: str) -> float | None:
        """Return the clear threshold of a level, which is the raise threshold unless one is given."""
        clear = self.critical_clear if level == "critical" else self.warning_clear
        return self.raise_at(level) if clear is None else clear

    def breached(self, level: str, value: float) -> bool:
        """Tell whether the value is beyond the raise threshold of a level."""
        limit = self.raise_at(level)
        return limit is not None and (value > limit if self.above else value < limit)

    def held(self, level: str, value: float) -> bool:
        """Tell whether a level that is firing still holds: the value is not yet at its clear threshold."""
        limit = self.clear_at(level)
        return limit is not None and (value > limit if self.above else value < limit)


@dataclass(frozen=True, slots=True)
class State:
    """Where a rule stands on a host. ``level`` is what fires ("" for nothing); times in ms."""

    level: str = ""
    pending_level: str = ""
    pending_since: int | None = None
    clearing_since: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of level that people are told of. ``level`` "" is a recovery."""

    level: str
    before: str
    threshold: float


def level_of(thresholds: Thresholds, current: str, value: float) -> str:
    """Return the level that a value calls for, given the one that fires: "", warning or critical."""
    for level in ("critical", "warning"):
        if thresholds.breached(level, value):
            return level
        if RANK[current] >= RANK[level] and thresholds.held(level, value):
            return level
    return ""


def judge(
    thresholds: Thresholds, state: State, value: float | None, now: int, *, grace: bool = False
) -> tuple[State, Transition | None]:
    """Return the next state, and the transition if there is one.

    Args:
        value: the reading; None when there is none, which changes nothing.
        now: time of the reading, ms.
        grace: true while the monitor has just started: nothing is raised, pending times do not begin.
    """
    if value is None:
        return state, None
    wanted = level_of(thresholds, state.level, value)
    if RANK[wanted] > RANK[state.level]:
        return _worse(thresholds, state, wanted, now, grace)
    if RANK[wanted] < RANK[state.level]:
        return _better(thresholds, state, wanted, now)
    return _settled(state), None


def _settled(state: State) -> State:
    if state.pending_since is None and state.clearing_since is None:
        return state
    return State(level=state.level)


def _worse(thresholds: Thresholds, state: State, wanted: str, now: int, grace: bool) -> tuple[State, Transition | None]:
    if grace:
        return _settled(state), None
    since = state.pending_since
    if since is None or since > now:  # a clock that was set back begins anew
        since = now
    if now - since < thresholds.for_ms:
        return State(level=state.level, pending_level=wanted, pending_since=since), None
    limit = thresholds.raise_at(wanted)
    return State(level=wanted), Transition(wanted, state.level, 0.0 if limit is None else limit)


def _better(thresholds: Thresholds, state: State, wanted: str, now: int) -> tuple[State, Transition | None]:
    since = state.clearing_since
    if since is None or since > now:
        since = now
    if now - since < thresholds.keep_firing_for_ms:
        return replace(state, clearing_since=since, pending_level="", pending_since=None), None
    limit = thresholds.clear_at(state.level)
    return State(level=wanted), Transition(wanted, state.level, 0.0 if limit is None else limit)
