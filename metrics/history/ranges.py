"""Reads a range of one host as columns in aligned buckets, from the tier that fits."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from metrics.history import sql
from metrics.history.prune import retention
from metrics.history.tiers import RAW, SECOND, Piece, aligned, narrowest_kept, plan, step_for, tier_for
from metrics.models import Host, Rollup, Snapshot

SERIES: dict[str, str] = {
    "cpuUsage": "cpu_usage",
    "memoryUsage": "memory_usage",
    "diskUsage": "disk_usage",
    "activeConnections": "active_connections",
    "load1": "load1",
    "swapUsage": "swap_usage",
    "networkReceived": "network_received",
    "networkSent": "network_sent",
    "diskRead": "disk_read",
    "diskWritten": "disk_written",
    "temperature": "temperature",
    "processMemory": "process_memory",
    "webSocketConnections": "web_socket_connections",
}
"""The series of a range, by their names on the wire."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """A range of one host as columns. Times and step in ms; each series has ``avg``, ``min`` and ``max``."""

    step: int
    timestamps: list[int]
    series: dict[str, dict[str, list[float | None]]]
    tier: str = "raw"
    pieces: list[Piece] = field(default_factory=list)


def status_range(
    *, host: Host, start: int, end: int, points: int, series: Sequence[str] | None = None, now: int | None = None
) -> Range:
    """Return the readings of a host from ``start`` to before ``end`` (ms) in at most ``points`` aligned buckets.

    Buckets are whole: the first may begin before ``start``, and with it one more than ``points`` may be touched.
    ``series`` are names on the wire, all by default.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    names = {name: SERIES[name] for name in series or SERIES}
    state = Rollup.objects.filter(pk=host.pk).values_list("rolled_until", "pruned_until").first() or (0, 0)
    narrowest = narrowest_kept(start=start, pruned_until=state[1], now=now, values=retention())
    step = step_for(start=start, end=end, points=points, narrowest=narrowest)
    if step <= SECOND and (found := _readings(host, list(names.values()), start, end, points)) is not None:
        return _as_read(names, found)
    start, end = aligned(start=start, end=end, step=step)
    pieces = plan(start=start, end=end, step=step, rolled_until=state[0])
    rows = _merged(_rows(host, piece, list(names.values()), step) for piece in pieces)
    return _in_columns(names, rows, step, pieces)


def _readings(host: Host, columns: list[str], start: int, end: int, points: int) -> list[Row] | None:
    """Return every reading as it is; None when there are more than ``points``, as with several a second."""
    rows = Snapshot.objects.filter(host=host, timestamp__gte=start, timestamp__lt=end)
    found = list(rows.order_by("timestamp").values_list("timestamp", *columns)[: points + 2])
    return found if len(found) <= points + 1 else None


def _as_read(names: dict[str, str], found: list[Row]) -> Range:
    series: dict[str, dict[str, list[float | None]]] = {}
    for index, name in enumerate(names, start=1):
        values = [row[index] for row in found]
        series[name] = {"avg": values, "min": values, "max": values}
    return Range(SECOND, [row[0] for row in found], series)


def _rows(host: Host, piece: Piece, columns: list[str], step: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql.read(piece.tier, columns, step), [host.pk, piece.start, piece.end])
        found: list[Row] = cursor.fetchall()
    return found


def _merged(pieces: Iterable[list[Row]]) -> list[Row]:
    """Join pieces; a bucket that two of them share becomes one."""
    rows: list[Row] = []
    for found in pieces:
        if rows and found and rows[-1][0] == found[0][0]:
            rows[-1] = _sum_of(rows[-1], found[0])
            rows += found[1:]
        else:
            rows += found
    return rows


def _sum_of(one: Row, other: Row) -> Row:
    figures: list[Any] = [one[0]]
    for at in range(1, len(one), 4):
        figures.append(one[at] + other[at])
        for pick, a, b in zip((min, sum, max), one[at + 1 : at + 4], other[at + 1 : at + 4], strict=True):
            both = [value for value in (a, b) if value is not None]
            figures.append((sum(both) if pick is sum else pick(both)) if both else None)  # type: ignore[operator]
    return tuple(figures)


def _in_columns(names: dict[str, str], rows: list[Row], step: int, pieces: list[Piece]) -> Range:
    columns = list(zip(*rows, strict=True)) or [()] * (1 + 4 * len(names))
    series: dict[str, dict[str, list[float | None]]] = {}
    for index, name in enumerate(names):
        count, least, total, greatest = columns[1 + 4 * index : 5 + 4 * index]
        average = [round(s / n, 2) if n else None for s, n in zip(total, count, strict=True)]
        series[name] = {"avg": average, "min": list(least), "max": list(greatest)}
    tier = tier_for(step) if any(piece.tier is not RAW for piece in pieces) else RAW
    return Range(step, [int(moment) for moment in columns[0]], series, tier.name, pieces)
