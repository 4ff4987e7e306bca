"""The alert state machine: one rule, one host, one value at a time. Pure: clock and state are arguments.

Hysteresis: a level is raised beyond its raise threshold and held until the value is back at its clear threshold.
``for`` delays a worse level, ``keep_firing_for`` a better one. A rule that keeps raising is *flapping*: its alert is
then held until the value has been well for longer, so that one restless value is one alert. A value that is missing for
long is the state *no data*, which may raise a level of its own.
"""

from __future__ import annotations

import math
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
    no_data_level: str = ""
    """Raised once the value has been missing for ``no_data_ms``; "" raises nothing."""
    no_data_ms: int = 0
    """0: a missing value changes nothing, however long."""
    flap_raises: int = 0
    """So many raises within ``flap_window_ms`` are flapping; 0: nothing is."""
    flap_window_ms: int = 0
    flap_hold_ms: int = 0
    """How long the value must be well before a flapping alert ends, when that is longer than ``keep_firing_for_ms``."""

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
    missing_since: int | None = None
    no_data: bool = False
    raised_at: tuple[int, ...] = ()
    """When it was last raised or got worse, newest last, as far as flapping needs it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of level that people are told of. ``level`` "" is a recovery.

    ``no_data``: raised because the value is missing; ``threshold`` is then for how many seconds.
    """

    level: str
    before: str
    threshold: float
    no_data: bool = False


def level_of(thresholds: Thresholds, current: str, value: float) -> str:
    """Return the level that a value calls for, given the one that fires: "", warning or critical."""
    for level in ("critical", "warning"):
        if thresholds.breached(level, value):
            return level
        if RANK[current] >= RANK[level] and thresholds.held(level, value):
            return level
    return ""


def calm(thresholds: Thresholds, value: float | None) -> bool:
    """Tell whether a value changes nothing of a state at rest, as nearly every value does."""
    return value is not None and not math.isnan(value) and not level_of(thresholds, "", value)


def judge(
    thresholds: Thresholds, state: State, value: float | None, now: int, *, grace: bool = False
) -> tuple[State, Transition | None]:
    """Return the next state, and the transition if there is one.

    Args:
        value: the reading; None (or NaN) when there is none, which changes nothing for a while.
        now: time of the reading, ms.
        grace: true while the monitor has just started: nothing is raised, pending times do not begin.
    """
    if value is None or math.isnan(value):
        return _missing(thresholds, state, now, grace)
    level = state.level
    if state.no_data and level == thresholds.no_data_level:
        level = ""  # raised by silence, so the band between clear and raise does not hold it
    if state.missing_since is not None or state.no_data:
        state = replace(state, missing_since=None, no_data=False)
    wanted = level_of(thresholds, level, value)
    if RANK[wanted] > RANK[state.level]:
        return _worse(thresholds, state, wanted, now, grace)
    if RANK[wanted] < RANK[state.level]:
        return _better(thresholds, state, wanted, now)
    return _settled(state), None


def flapping(thresholds: Thresholds, state: State, now: int) -> bool:
    """Tell whether it was raised too often lately."""
    recent = [moment for moment in state.raised_at if 0 <= now - moment < thresholds.flap_window_ms]
    return 0 < thresholds.flap_raises <= len(recent)


def _settled(state: State) -> State:
    if state.pending_since is None and state.clearing_since is None:
        return state
    return replace(state, pending_level="", pending_since=None, clearing_since=None)


def _raised(thresholds: Thresholds, state: State, level: str, now: int) -> State:
    keep = thresholds.flap_raises
    raised_at = (*state.raised_at, now)[-keep:] if keep else ()
    return State(level, missing_since=state.missing_since, no_data=state.no_data, raised_at=raised_at)


def _worse(thresholds: Thresholds, state: State, wanted: str, now: int, grace: bool) -> tuple[State, Transition | None]:
    if grace:
        return _settled(state), None
    since = state.pending_since
    if since is None or since > now:  # a clock that was set back begins anew
        since = now
    if now - since < thresholds.for_ms:
        return replace(state, pending_level=wanted, pending_since=since, clearing_since=None), None
    limit = thresholds.raise_at(wanted)
    step = Transition(wanted, state.level, 0.0 if limit is None else limit)
    return _raised(thresholds, state, wanted, now), step


def _better(thresholds: Thresholds, state: State, wanted: str, now: int) -> tuple[State, Transition | None]:
    since = state.clearing_since
    if since is None or since > now:
        since = now
    keep = thresholds.keep_firing_for_ms
    if flapping(thresholds, state, now):
        keep = max(keep, thresholds.flap_hold_ms)
    if now - since < keep:
        return replace(state, clearing_since=since, pending_level="", pending_since=None), None
    limit = thresholds.clear_at(state.level)
    step = Transition(wanted, state.level, 0.0 if limit is None else limit)
    return State(wanted, raised_at=state.raised_at), step


def _missing(thresholds: Thresholds, state: State, now: int, grace: bool) -> tuple[State, Transition | None]:
    if not thresholds.no_data_ms or state.no_data:
        return state, None
    since = state.missing_since
    if since is None or since > now:
        since = now
    if now - since < thresholds.no_data_ms or grace:
        return replace(state, missing_since=since), None
    state = replace(_settled(state), missing_since=since, no_data=True)
    level = thresholds.no_data_level
    if RANK[level] <= RANK[state.level]:
        return state, None
    step = Transition(level, state.level, thresholds.no_data_ms / 1000, no_data=True)
    return _raised(thresholds, state, level, now), step
