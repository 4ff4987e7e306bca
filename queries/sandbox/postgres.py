"""Runs a statement on PostgreSQL: a read-only transaction, a named cursor, always rolled back.

What a role may not do is the database's to say (``queries/roles.py`` makes the role of the built-in history); the
overall deadline is the web process's, because ``statement_timeout`` starts anew with every FETCH.
"""

from __future__ import annotations

import re
import time
from typing import Any, cast

import psycopg
from psycopg import Connection, ServerCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from queries.sandbox.encode import Row
from queries.sandbox.job import Job
from queries.sandbox.parameters import names_in, to_pyformat
from queries.sandbox.sink import Failure, Sink, Truncated
from queries.sandbox.sqlite import COUNT_SECONDS, Walls

PREFIX = 'DECLARE "presence" NO SCROLL CURSOR FOR '
"""What psycopg writes in front of a statement."""
CLIENT_CHECK_MS = 500
"""How soon the server notices that a worker was killed, and stops."""
_KEPT = {"int2", "int4", "int8", "oid", "float4", "float8", "bool", "bytea", "numeric"}
"""Types that become Python values; every other one stays the text that PostgreSQL writes."""
_TYPES = {
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "oid": "integer",
    "float4": "real",
    "float8": "real",
    "numeric": "real",
    "bool": "boolean",
    "bytea": "blob",
    "json": "json",
    "jsonb": "json",
    "date": "datetime",
    "time": "datetime",
    "timetz": "datetime",
    "timestamp": "datetime",
    "timestamptz": "datetime",
}
_CODES = {
    "42601": "SYNTAX_ERROR",
    "42P01": "UNKNOWN_NAME",
    "42703": "UNKNOWN_NAME",
    "42883": "UNKNOWN_NAME",
    "42702": "UNKNOWN_NAME",
    "3F000": "UNKNOWN_NAME",
    "42501": "NOT_ALLOWED",
    "25006": "NOT_ALLOWED",
    "0A000": "NOT_ALLOWED",
    "53200": "OUT_OF_MEMORY",
    "53400": "OUT_OF_DISK",
    "53100": "OUT_OF_DISK",
    "57014": "TIMEOUT",
    "54000": "TOO_LARGE",
    "54001": "TOO_LARGE",
    "22023": "INVALID_PARAMETERS",
    "42P18": "INVALID_PARAMETERS",
    "42P02": "INVALID_PARAMETERS",
}


_STATEMENTS = frozenset(
    """ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE
    DISCARD DO DROP END EXECUTE FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH
    REINDEX RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SET SHOW START TRUNCATE UNLISTEN UPDATE VACUUM""".split()
)


class TextLoader(Loader):
    """Leaves a value as the text that PostgreSQL wrote."""

    def load(self, data: Buffer) -> str:
        """Return it."""
        return bytes(data).decode()


def connect(job: Job) -> Connection[Row]:
    """Connect and begin the read-only transaction.

    Raises:
        Failure: when that can't be.
    """
    try:
        connection = psycopg.connect(
            job.target,
            connect_timeout=5,
            application_name="presence query console",
            options=f"-c client_connection_check_interval={CLIENT_CHECK_MS} -c max_parallel_workers_per_gather=0"
            " -c default_transaction_read_only=on -c idle_in_transaction_session_timeout=60s -c DateStyle=ISO"
            f" -c client_encoding=UTF8{_search_path(job)}",
        )
        connection.read_only = True
        for info in connection.adapters.types:
            if info.name not in _KEPT:
                connection.adapters.register_loader(info.oid, TextLoader)
            if info.array_oid:
                connection.adapters.register_loader(info.array_oid, TextLoader)
        row = connection.execute(
            "SELECT rolsuper, has_function_privilege('pg_catalog.set_config(text,text,boolean)', 'execute')"
            " FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).fetchone()
    except psycopg.Error as error:
        raise Failure("SOURCE_UNAVAILABLE", f"The database can't be reached: {_first_line(error)}") from None
    if row is None or row[0]:
        raise Failure("SOURCE_UNAVAILABLE", "This source signs in as a superuser, whom nothing stops.")
    if job.search_path and row[1]:
        raise Failure("SOURCE_UNAVAILABLE", "The console's role is not set up: run `manage.py query_role`.")
    return cast("Connection[Row]", connection)


def _search_path(job: Job) -> str:
    return f" -c search_path={job.search_path}" if job.search_path else ""


def run(job: Job, sink: Sink, walls: Walls) -> Truncated:
    """Run the job; return what the rows were cut by.

    Raises:
        Failure: with what the user should read.
    """
    statement = job.query.strip().rstrip(";").strip()
    if not statement:
        raise Failure("EMPTY_QUERY", "There is no statement in the query.")
    connection = connect(job)
    walls()
    try:
        _check_parameters(job)
        if job.count_rows:
            sink.total = _count(connection, job, statement, sink)
        sink.begin("running")
        if re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*explain\b", statement, re.IGNORECASE | re.DOTALL):
            return _explain(connection, job, statement, sink)
        return _stream(connection, job, statement, sink)
    except psycopg.Error as error:
        raise failure_of(error, job) from None
    except UnicodeError:
        raise Failure("QUERY_FAILED", "The database sent text that is not UTF-8.") from None


def _bound(job: Job, statement: str) -> tuple[bytes, dict[str, Any] | None]:
    # Bytes: psycopg asks for a literal where a statement could be an injection; here it is the purpose.
    if not names_in(statement):
        return statement.encode(), None
    return to_pyformat(statement).encode(), job.parameters


def _check_parameters(job: Job) -> None:
    missing = [name for name in names_in(job.query) if name not in job.parameters]
    if missing:
        raise Failure("INVALID_PARAMETERS", f"No value for the parameter :{missing[0]}.")


def _count(connection: Connection[Row], job: Job, statement: str, sink: Sink) -> int | None:
    sink.begin("counting")
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL statement_timeout = {int(COUNT_SECONDS * 1000)}".encode())
            with ServerCursor(connection, "presence_count") as cursor:
                cursor.execute(*_bound(job, f"SELECT count(*) FROM ({statement}\n) AS presence_counted"))
                row = cursor.fetchone()
        return None if row is None else min(int(row[0]), job.limits.rows)
    except psycopg.Error:
        return None  # the statement itself will tell


def _explain(connection: Connection[Row], job: Job, statement: str, sink: Sink) -> Truncated:
    """EXPLAIN is no statement for a cursor; prepared, it is one statement and one only."""
    query, values = _bound(job, statement)
    with connection.cursor() as cursor:
        cursor.execute(query, values, prepare=True)
        _columns(cursor, sink)
        return sink.add(cursor.fetchall())


def _stream(connection: Connection[Row], job: Job, statement: str, sink: Sink) -> Truncated:
    with ServerCursor(connection, "presence", scrollable=False) as cursor:
        cursor.execute(*_bound(job, statement))
        _columns(cursor, sink)
        while True:
            started = time.monotonic()
            rows = cursor.fetchmany(sink.slice)
            if not rows:
                return False
            _check_sizes(rows, job)
            seconds, sent = time.monotonic() - started, sink.bytes
            truncated = sink.add(rows)
            if truncated:
                return truncated
            sink.adapt(seconds, sink.bytes - sent)
            sink.tick()


def _check_sizes(rows: list[Row], job: Job) -> None:
    largest = job.limits.value_bytes
    for row in rows:
        for value in row:
            if isinstance(value, str | bytes) and len(value) > largest:
                raise Failure("TOO_LARGE", f"A value has {len(value)} characters; it may have {largest}.")


def _columns(cursor: psycopg.Cursor[Row], sink: Sink) -> None:
    if cursor.description is None:
        raise Failure("NOT_ALLOWED", "Only reading is allowed (SELECT, WITH, EXPLAIN).")
    names, types = [], []
    for column in cursor.description:
        info = cursor.connection.adapters.types.get(column.type_code)
        names.append(column.name)
        known = info is not None and info.oid == column.type_code  # an array is found by its element's type
        types.append(_TYPES.get(info.name, "text") if info is not None and known else "text")
    sink.columns(names, types)


def failure_of(error: psycopg.Error, job: Job) -> Failure:
    """Return what the user should read of an error of PostgreSQL's."""
    state = error.sqlstate or ""
    message = _first_line(error)
    if "insert multiple commands" in message:
        return Failure("SEVERAL_STATEMENTS", "One statement at a time: remove what comes after the semicolon.")
    # Our DECLARE stands in front of the statement: a syntax error at its first word is a statement of another kind.
    position = _position(error, job.query)
    kind = re.match(r"\s*(\w+)", job.query)
    word = kind[1].upper() if kind else ""
    if state == "42601" and word in _STATEMENTS and f'AT OR NEAR "{word}"' in message.upper():
        return Failure("NOT_ALLOWED", f"Not allowed: {word}. Only reading is (SELECT, WITH, EXPLAIN).")
    code = _CODES.get(state, "QUERY_FAILED")
    if isinstance(error, psycopg.OperationalError) and not state:
        code = "SOURCE_UNAVAILABLE"
    return Failure(code, message, position)


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error).partition("\n")[0] or "no reason given"
    hint = error.diag.message_hint
    text = text[:1].upper() + text[1:]
    return f"{text.rstrip('.')}." + (f" {hint}" if hint else "")


def _position(error: psycopg.Error, query: str) -> int | None:
    """Return the character of the user's query, from 1; the server counts from the DECLARE in front of it."""
    found = error.diag.statement_position
    if found is None or names_in(query):  # parameters have another length there
        return None
    place = int(found) - len(PREFIX) + len(query) - len(query.lstrip())
    return place if 1 <= place <= len(query) else None
