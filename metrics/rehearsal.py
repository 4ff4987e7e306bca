"""When a rule would have fired: the past, judged by a rule as it stands or as somebody is about to make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metrics import alert_selectors
from metrics.alerts import RANK, State, Thresholds, judge
from metrics.components import ABOUT, FROM_READINGS, values_of
from metrics.measures import knows_past, measure
from metrics.models import PRESENCE_SERVICE, Component, Host, Rule
from metrics.rulebook import thresholds_of
from metrics.windows import Windows

Sample = tuple[int, float | None]
"""Time in ms and value."""
MOST_HOSTS = 50
MEASURE_STEP_MS = 30_000
SILENCE_STEP_MS = 5_000
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Firing:
    """A stretch at one level. ``end`` is None while it still fires; ``value`` is that at its start."""

    host: str
    level: str
    start: int
    end: int | None
    value: float | None


@dataclass(frozen=True)
class Rehearsal:
    """What a rule would have done. ``samples`` counts the values it was shown; ``known`` is false without a past."""

    firings: list[Firing]
    samples: int
    hosts: list[str]
    known: bool = True


def rehearse(thresholds: Thresholds, host: str, samples: Iterable[Sample]) -> tuple[list[Firing], int]:
    """Judge samples in order; return the stretches at each level, and how many samples there were. Pure."""
    state, count, firings = State(), 0, list[Firing]()
    current: Firing | None = None
    for now, value in samples:
        count += value is not None
        state, step = judge(thresholds, state, value, now)
        if step is None:
            continue
        if current is not None:
            firings.append(Firing(host, current.level, current.start, now, current.value))
        current = Firing(host, step.level, now, None, value) if step.level else None
    if current is not None:
        firings.append(current)
    return firings, count


def rule_rehearse(*, rule: Rule, now: int, hours: int = 1) -> Rehearsal:
    """Judge the last ``hours`` by a rule, which need not be stored. ``now`` in ms."""
    start = now - hours * HOUR_MS
    if rule.component not in FROM_READINGS and rule.component != Component.HOST:
        if not knows_past(rule.component):
            return Rehearsal([], 0, [], known=False)
        firings, count = rehearse(thresholds_of(rule), PRESENCE_SERVICE, _measured(rule, start, now))
        return Rehearsal(firings, count, [PRESENCE_SERVICE])
    hosts = [rule.host] if rule.host else list(Host.objects.filter(kind=Host.Kind.MACHINE)[:MOST_HOSTS])
    found, total = list[Firing](), 0
    for host in hosts:
        samples = _silent(host, start, now) if rule.component == Component.HOST else _read(rule, host, start, now)
        firings, count = rehearse(thresholds_of(rule), host.name, samples)
        found, total = found + firings, total + count
    found.sort(key=lambda firing: (firing.start, firing.host, RANK[firing.level]))
    return Rehearsal(found, total, [host.name for host in hosts])


def _measured(rule: Rule, start: int, end: int) -> Iterator[Sample]:
    for moment in range(start, end + 1, MEASURE_STEP_MS):
        yield moment, measure(rule.component, moment, rule.window_seconds * 1000)


def _read(rule: Rule, host: Host, start: int, end: int) -> Iterator[Sample]:
    length, read = rule.window_seconds * 1000, ABOUT[rule.component].read
    assert read is not None
    windows, lengths = Windows(), {rule.component: length}
    windows.fill(windows.misses(lengths), [])
    for reading in alert_selectors.readings_between(host=host, start=start - length, end=end + 1):
        moment = reading.timestamp
        if length:
            windows.add(moment, values_of(reading), lengths)
        if moment >= start:
            yield moment, windows.average(rule.component, length, moment) if length else read(reading)


def _silent(host: Host, start: int, end: int) -> Iterator[Sample]:
    """Yield for how many seconds a host had not been heard of, every few seconds."""
    last: int | None = None
    for reading in alert_selectors.readings_between(host=host, start=start, end=end + 1):
        if last is not None:
            yield from _gap(last, reading.timestamp)
        last = reading.timestamp
        yield last, 0.0
    if last is not None:
        yield from _gap(last, end)


def _gap(last: int, until: int) -> Iterator[Sample]:
    for moment in range(last + SILENCE_STEP_MS, until, SILENCE_STEP_MS):
        yield moment, (moment - last) / 1000
