"""Runs a statement on a SQLite file, read-only."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from array import array
from itertools import islice
from typing import Any, Protocol
from urllib.parse import quote

from queries.sandbox.encode import Row, text
from queries.sandbox.guard import Guard, lock_down
from queries.sandbox.job import Job
from queries.sandbox.sink import Failure, Sink, Truncated, types_of

PROGRESS_STEPS = 50_000
"""Steps of SQLite's machine between two looks at the clock; some 2 ms."""
MAX_VALUES = 1_000_000
"""Of one median: sorting them takes some 40 MB."""
COUNT_SECONDS = 1.0
"""A total that takes longer is not known cheaply."""


class Median:
    """``median(x)``: the middle of the values that are not NULL."""

    share = 50.0
    too_many = False
    """Whether any had more values than it may have; SQLite only says that a step failed."""

    def __init__(self) -> None:
        self._values = array("d")

    def step(self, value: float | None) -> None:
        """Take a value.

        Raises:
            TypeError: when it is no number.
            OverflowError: when there are too many.
        """
        if value is not None:
            self._values.append(value)
            if len(self._values) > MAX_VALUES:
                Median.too_many = True
                raise OverflowError

    def finalize(self) -> float | None:
        """Return the value at the share, interpolated between its neighbours (as PostgreSQL's percentile_cont)."""
        if not self._values:
            return None
        values = sorted(self._values)
        place = self.share / 100 * (len(values) - 1)
        below = math.floor(place)
        above = min(below + 1, len(values) - 1)
        return values[below] + (values[above] - values[below]) * (place - below)


class Percentile(Median):
    """``percentile(x, p)``, p from 0 to 100."""

    def step(self, value: float | None, share: float = 50.0) -> None:
        """Take a value."""
        self.share = max(0.0, min(100.0, share))
        super().step(value)


class Stddev:
    """``stddev(x)`` of a sample, by Welford's method."""

    def __init__(self) -> None:
        self._count, self._mean, self._sum = 0, 0.0, 0.0

    def step(self, value: float | None) -> None:
        """Take a value."""
        if value is not None:
            self._count += 1
            delta = value - self._mean
            self._mean += delta / self._count
            self._sum += delta * (value - self._mean)

    def finalize(self) -> float | None:
        """Return it; None for fewer than two values."""
        return math.sqrt(self._sum / (self._count - 1)) if self._count > 1 else None


def connect(job: Job) -> sqlite3.Connection:
    """Open the file so that its write-ahead log is open too: what comes later may open nothing.

    Raises:
        Failure: when it can't be opened.
    """
    try:
        connection = sqlite3.connect(
            f"file:{quote(job.target)}?mode=ro", uri=True, isolation_level=None, cached_statements=0, timeout=2
        )
        for statement in (
            "PRAGMA temp_store = 1",  # first: changing it drops temporary views
            f"PRAGMA hard_heap_limit = {job.limits.heap_bytes}",
            "PRAGMA cache_size = -8000",
            "PRAGMA mmap_size = 0",
            "SELECT 1 FROM sqlite_master LIMIT 1",
        ):
            connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise Failure("SOURCE_UNAVAILABLE", f"The database can't be opened: {error}.") from None
    aggregates: tuple[tuple[str, int, Any], ...] = (("median", 1, Median), ("percentile", 2, Percentile))
    for name, arguments, kind in (*aggregates, ("stddev", 1, Stddev)):
        connection.create_aggregate(name, arguments, kind)
    return connection


class Walls(Protocol):
    """Closes the process off once the database is open."""

    def __call__(self) -> None: ...


def run(job: Job, sink: Sink, walls: Walls) -> Truncated:
    """Run the job; return what the rows were cut by.

    Raises:
        Failure: with what the user should read.
    """
    connection = connect(job)
    if job.describe:
        return _describe(connection, sink)
    try:
        guard = Guard(connection, job.views, job.query)
    except sqlite3.Error as error:
        raise Failure("SOURCE_UNAVAILABLE", f"The views can't be made: {error}. Run `manage.py migrate`.") from None
    lock_down(connection, job.limits.value_bytes)
    walls()
    guard.stand()
    connection.set_progress_handler(_ticker(sink), PROGRESS_STEPS)
    try:
        if job.count_rows:
            sink.total = _count(connection, job, sink)
            guard.stand()
        sink.begin("running")
        return _stream(connection, job, sink)
    except (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError) as error:
        raise failure_of(error, guard, job) from None


def _describe(connection: sqlite3.Connection, sink: Sink) -> Truncated:
    try:
        rows = connection.execute(
            "SELECT 'main', m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p"
            " WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid"
        ).fetchall()
    except sqlite3.Error as error:
        raise Failure("SOURCE_UNAVAILABLE", _sentence(str(error))) from None
    sink.columns(["schema", "table", "column", "type"], ["text"] * 4)
    return sink.add(rows)


def _ticker(sink: Sink) -> Any:
    def tick() -> int:
        sink.tick()
        return 0

    return tick


def _count(connection: sqlite3.Connection, job: Job, sink: Sink) -> int | None:
    sink.begin("counting")
    end = time.monotonic() + COUNT_SECONDS

    def tick() -> int:
        sink.tick()
        return time.monotonic() > end

    connection.set_progress_handler(tick, PROGRESS_STEPS)
    query = job.query.rstrip().rstrip(";")
    try:
        row = connection.execute(f"SELECT count(*) FROM ({query}\n)", job.parameters).fetchone()
        return min(int(row[0]), job.limits.rows)
    except (sqlite3.Error, sqlite3.Warning, MemoryError):
        return None  # the statement itself will tell
    finally:
        connection.set_progress_handler(_ticker(sink), PROGRESS_STEPS)


def _stream(connection: sqlite3.Connection, job: Job, sink: Sink) -> Truncated:
    cursor = connection.execute(job.query, job.parameters)
    if cursor.description is None:
        raise Failure("EMPTY_QUERY", "There is no statement in the query.")
    names = [column[0] for column in cursor.description]
    rows = _fetch(cursor, connection, 1)
    sink.columns(names, types_of(rows, len(names)))
    while rows:
        sent = sink.bytes
        truncated = sink.add(rows)
        if truncated:
            return truncated
        started = time.monotonic()
        size = sink.bytes - sent
        rows = _fetch(cursor, connection, sink.slice)
        sink.adapt(time.monotonic() - started, size)
        sink.tick()
    return False


def _fetch(cursor: sqlite3.Cursor, connection: sqlite3.Connection, count: int) -> list[Row]:
    """Fetch up to ``count`` rows. Text that is not UTF-8 stops the fast way in front of its row, which stays there."""
    rows: list[Row] = []
    try:
        rows.extend(islice(cursor, count))
    except sqlite3.OperationalError as error:
        if "Could not decode to UTF-8" not in str(error):
            raise
        connection.text_factory = text
        rows.extend(islice(cursor, count - len(rows)))
    return rows


_AGGREGATE = {
    True: ("TOO_LARGE", f"median and percentile take at most {MAX_VALUES} values."),
    False: ("QUERY_FAILED", "median, percentile and stddev take numbers."),
}
_SYNTAX = re.compile(
    r"syntax error|incomplete input|unrecognized token|number of result columns|misuse of|HAVING clause|"
    r"ORDER BY term|GROUP BY|parser stack|row value|wrong number of arguments"
)
_DENIED = re.compile(r"not authorized|prohibited|authorization denied|vtable constructor failed")
_NAME = re.compile(r"no such (table|column|function|module|collation|window)|ambiguous column|unknown function")
_TOO_LARGE = re.compile(r"too big|too large|too many|too complex|Expression tree|string or blob|pattern too")


def failure_of(error: BaseException, guard: Guard, job: Job) -> Failure:
    """Return what the user should read of an error of SQLite's."""
    message = str(error)
    limits = job.limits
    if isinstance(error, MemoryError):
        message = "out of memory"
    if guard.denied is not None and _DENIED.search(message):
        return Failure("NOT_ALLOWED", guard.denied.sentence(guard.readable))
    for pattern, code, text_ in (
        (
            "out of memory",
            "OUT_OF_MEMORY",
            f"It needs more memory than {limits.memory_bytes} bytes.",
        ),
        (
            "disk I/O error|database or disk is full",
            "OUT_OF_DISK",
            f"It needs more temporary space than {limits.disk_bytes} bytes.",
        ),
        (
            "one statement at a time",
            "SEVERAL_STATEMENTS",
            "One statement at a time: remove what follows ;.",
        ),
        ("user-defined aggregate", *_AGGREGATE[Median.too_many]),
        (_TOO_LARGE, "TOO_LARGE", f"Too large: {message}. A value may have {limits.value_bytes} bytes."),
        ("binding|parameter", "INVALID_PARAMETERS", _sentence(message)),
        ("readonly|query_only|cannot modify", "NOT_ALLOWED", "Only reading is allowed (SELECT, WITH, EXPLAIN)."),
        (_NAME, "UNKNOWN_NAME", _sentence(message)),
        (_SYNTAX, "SYNTAX_ERROR", _sentence(message)),
    ):
        if re.search(pattern, message):
            return Failure(code, text_, _position(message, job.query))
    return Failure("QUERY_FAILED", _sentence(message))


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")


def _position(message: str, query: str) -> int | None:
    """Return where the word that an error names stands, from 1, when it stands there once."""
    if "incomplete input" in message:
        return len(query) or None
    quoted = re.search(r'near "(.+?)"|token: "(.+)|(?:column|table|function)(?: name)?: (?:\w+\.)*([^\s.]+)', message)
    if quoted is None:
        return None
    word = next(group for group in quoted.groups() if group).rstrip('"')
    edge = r"(?<!\w){}(?!\w)" if word[:1].isalnum() else "{}"
    found = [match.start() for match in re.finditer(edge.format(re.escape(word)), query)]
    return found[0] + 1 if len(found) == 1 else None
