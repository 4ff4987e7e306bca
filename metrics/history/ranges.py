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
    return _in_columns(names, _rows(host, pieces, list(names.values()), step), step, pieces)


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


def _rows(host: Host, pieces: list[Piece], columns: list[str], step: int) -> list[Row]:
    """Return each bucket's start with the mean, the least and the greatest of every column. Two statements at most."""
    rows: list[Row] = []
    if pieces and pieces[0].tier.width == step:  # its rows are the buckets, as nearly all of a chart's are
        first, *pieces = pieces
        rows += _fetch(sql.read_whole(first.tier, columns), host, [first])
    if pieces:
        found = _fetch(sql.read_together([piece.tier for piece in pieces], columns, step), host, pieces)
        rows += [_averaged(row) for row in _merged(found)]
    return rows


def _fetch(statement: str, host: Host, pieces: list[Piece]) -> list[Row]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _in_binary(cursor)
        cursor.execute(statement, [value for piece in pieces for value in (host.pk, piece.start, piece.end)])
        found: list[Row] = cursor.fetchall()
    return found


def _in_binary(cursor: Any) -> None:
    """Let PostgreSQL send floats as they are: as text, writing and reading 28,000 of them is a third of a chart.

    Django's own cursor binds parameters on the client's side, where psycopg has no binary results.
    """
    from psycopg import Cursor, pq

    cursor.cursor.close()
    cursor.cursor = Cursor(connection.connection)
    cursor.cursor.format = pq.Format.BINARY


def _merged(found: Iterable[Row]) -> list[Row]:
    """Join buckets that several pieces share, which then follow one another."""
    rows: list[Row] = []
    for row in found:
        if rows and rows[-1][0] == row[0]:
            rows[-1] = _sum_of(rows[-1], row)
        else:
            rows.append(row)
    return rows


def _averaged(row: Row) -> Row:
    figures: list[Any] = [row[0]]
    for at in range(1, len(row), 4):
        count, least, total, greatest = row[at : at + 4]
        figures += (total / count if count else None, least, greatest)
    return tuple(figures)


def _sum_of(one: Row, other: Row) -> Row:
    figures: list[Any] = [one[0]]
    for at in range(1, len(one), 4):
        figures.append(one[at] + other[at])
        for pick, a, b in zip((min, sum, max), one[at + 1 : at + 4], other[at + 1 : at + 4], strict=True):
            both = [value for value in (a, b) if value is not None]
            figures.append((sum(both) if pick is sum else pick(both)) if both else None)  # type: ignore[operator]
    return tuple(figures)


def _in_columns(names: dict[str, str], rows: list[Row], step: int, pieces: list[Piece]) -> Range:
    columns = list(zip(*rows, strict=True)) or [()] * (1 + 3 * len(names))
    series: dict[str, dict[str, list[float | None]]] = {}
    for index, name in enumerate(names):
        means, least, greatest = columns[1 + 3 * index : 4 + 3 * index]
        average = [None if mean is None else round(mean, 2) for mean in means]
        series[name] = {"avg": average, "min": list(least), "max": list(greatest)}
    tier = tier_for(step) if any(piece.tier is not RAW for piece in pieces) else RAW
    return Range(step, [int(moment) for moment in columns[0]], series, tier.name, pieces)
