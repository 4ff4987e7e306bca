"""Streams a range as CSV or JSON, a page of rows at a time.

The rows are read page by page, each after the last key of the page before, in a worker thread, and a page is only read
once the one before has left for the client: however long the range, memory holds two pages.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import StreamingHttpResponse

from metrics.history.ranges import SERIES
from metrics.history.tiers import BY_NAME, RAW
from metrics.models import Alert, Bucket, RequestBucket, Snapshot
from metrics.statistics.store import bucket_of

PAGE = 2_000

Row = Sequence[Any]
Read = Callable[[Any], tuple[list[Row], Any]]
"""Read the page after a key (None for the first); return the rows and the next key, None at the end."""


@dataclass(frozen=True)
class Wanted:
    """What to export; times in ms. ``tier`` counts for ``status``."""

    type: str
    host: str
    start: int
    end: int
    tier: str = "raw"


def response(wanted: Wanted, *, format: str) -> StreamingHttpResponse:
    """Return the file as a streamed download."""
    columns, read = SOURCES[wanted.type](wanted)
    if format == "csv":
        body, kind = as_csv(columns, read), "text/csv; charset=utf-8"
    else:
        body, kind = as_json(columns, read), "application/json"
    name = f"presence-{wanted.type}-{moment(wanted.start):%Y%m%dT%H%M%S}-{moment(wanted.end):%Y%m%dT%H%M%S}.{format}"
    answer = StreamingHttpResponse(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def moment(ms: int) -> datetime:
    """Return a time in ms as a date in UTC."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


async def pages(read: Read) -> AsyncIterator[list[Row]]:
    """Yield page after page; each is read in a thread when it is asked for."""
    key: Any = None
    in_thread = sync_to_async(lambda after: _and_close(read, after), thread_sensitive=False)
    while True:
        rows, key = await in_thread(key)
        if rows:
            yield rows
        if key is None:
            return


def _and_close(read: Read, after: Any) -> tuple[list[Row], Any]:
    try:
        return read(after)
    finally:
        if not connection.in_atomic_block:  # nobody would find the connection of this thread again
            connection.close()


async def as_csv(columns: Sequence[str], read: Read) -> AsyncIterator[bytes]:
    """Yield the CSV text of all pages: a line of names, then one line a row; nulls are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(columns)
    yield out.getvalue().encode()
    async for rows in pages(read):
        out.seek(0)
        out.truncate()
        writer.writerows([_harmless(value) for value in row] for row in rows)
        yield out.getvalue().encode()


def _harmless(value: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


async def as_json(columns: Sequence[str], read: Read) -> AsyncIterator[bytes]:
    """Yield one JSON array of objects, a line each."""
    first = True
    yield b"["
    async for rows in pages(read):
        lines = ",\n".join(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
        yield (("\n" if first else ",\n") + lines).encode()
        first = False
    yield b"\n]\n"


# --- where rows come from ---


def _status(wanted: Wanted) -> tuple[list[str], Read]:
    tier = BY_NAME[wanted.tier]
    if tier is RAW:
        fields = list(SERIES.values())
        columns = ["timestamp", "time", "host", *SERIES]
        rows = Snapshot.objects.filter(host__name=wanted.host, timestamp__lt=wanted.end)
        return columns, _by_time(wanted, rows, "timestamp", fields, list)
    fields = [f"{name}_{word}" for name in SERIES.values() for word in ("count", "sum", "min", "max")]
    columns = ["timestamp", "time", "host", "count"]
    columns += [f"{name}.{word}" for name in SERIES for word in ("avg", "min", "max")]
    wanted = replace(wanted, start=wanted.start // tier.width * tier.width)  # whole buckets, as in a chart
    buckets = Bucket.objects.filter(host__name=wanted.host, step=tier.step, start__lt=wanted.end)
    return columns, _by_time(wanted, buckets, "start", ["count", *fields], _averaged)


def _averaged(values: Row) -> list[Any]:
    count, *figures = values
    row: list[Any] = [count]
    for at in range(0, len(figures), 4):
        n, total, least, greatest = figures[at : at + 4]
        row += (round(total / n, 3) if n else None, least, greatest)
    return row


def _by_time(wanted: Wanted, rows: Any, key: str, fields: list[str], shape: Callable[[Row], list[Any]]) -> Read:
    def read(after: int | None) -> tuple[list[Row], int | None]:
        since = wanted.start if after is None else after + 1
        found = list(rows.filter(**{f"{key}__gte": since}).order_by(key).values_list(key, *fields)[:PAGE])
        page: list[Row] = [(at, _iso(at), wanted.host, *shape(values)) for at, *values in found]
        return page, found[-1][0] if len(found) == PAGE else None

    return read


def _iso(ms: int) -> str:
    return moment(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stats(wanted: Wanted) -> tuple[list[str], Read]:
    columns = ["timestamp", "time", "host", "total", "error", "avg", "p50", "p95", "p99"]
    rows = RequestBucket.objects.filter(
        source=wanted.host, kind="http", step=60, process="", start__gte=wanted.start, start__lt=wanted.end
    )

    def read(after: int | None) -> tuple[list[Row], int | None]:
        found = list((rows if after is None else rows.filter(start__gt=after)).order_by("start")[:PAGE])
        page: list[Row] = []
        for row in found:
            bucket = bucket_of(row)
            shares = [bucket.quantile(share) for share in (0.5, 0.95, 0.99)]
            page.append((row.start, _iso(row.start), row.source, row.total, row.error, bucket.average, *shares))
        return page, found[-1].start if len(found) == PAGE else None

    return columns, read


def _health(wanted: Wanted) -> tuple[list[str], Read]:
    fields = ["host_name", "component", "level", "message", "threshold", "current_value", "started_at", "ended_at"]
    columns = ["id", "host", "component", "level", "message", "threshold", "currentValue", "startedAt", "endedAt"]
    rows = Alert.objects.filter(started_at__gte=wanted.start, started_at__lt=wanted.end)
    if wanted.host:
        rows = rows.filter(host_name=wanted.host)

    def read(after: int | None) -> tuple[list[Row], int | None]:
        found: list[Row] = list(rows.filter(pk__gt=after or 0).order_by("pk").values_list("pk", *fields)[:PAGE])
        return found, found[-1][0] if len(found) == PAGE else None

    return columns, read


SOURCES: dict[str, Callable[[Wanted], tuple[list[str], Read]]] = {"status": _status, "stats": _stats, "health": _health}
