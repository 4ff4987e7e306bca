"""What a statement may touch in SQLite: an allow-list that SQLite itself asks while it compiles the statement.

Friendly views are temporary views over secret ones, made anew for each execution. SQLite names the view through which
a table is read, but a common table expression can take a view's name and so forge it
(``WITH hosts AS (SELECT password FROM auth_user) SELECT * FROM hosts``): only the secret names are believed, and
nobody knows them before the statement is written.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from queries.sandbox.job import View

FUNCTIONS = frozenset(
    """
    abs avg ceil ceiling char coalesce count cume_dist date datetime degrees dense_rank exp first_value floor
    group_concat hex ifnull iif instr julianday lag last_value lead length like likely likelihood ln log log10 log2
    lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pi pow power quote radians random rank
    replace round row_number rtrim sign sin cos tan asin acos atan atan2 sinh cosh tanh sqrt sqlite_version strftime
    string_agg substr substring sum time timediff total trim trunc typeof unhex unicode unixepoch unlikely upper glob
    json json_array json_array_length json_each json_extract json_group_array json_group_object json_insert json_object
    json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid -> ->>
    median percentile stddev
    """.split()
)
"""No zeroblob, randomblob, printf or format: each makes values of any size in one step."""

TABLE_FUNCTIONS = frozenset(("json_each", "json_tree"))
_ALWAYS = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE))
_WORDS = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_PRAGMA: "PRAGMA",
    sqlite3.SQLITE_ATTACH: "ATTACH and VACUUM",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_TRANSACTION: "BEGIN, COMMIT and ROLLBACK",
    sqlite3.SQLITE_SAVEPOINT: "SAVEPOINT",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
}
Grant = tuple[str, str, str, str]
"""Table, column, database, and the view through which it is read."""


@dataclass
class Denial:
    """The first thing that was refused: what SQLite asked."""

    action: int
    first: str
    second: str

    def sentence(self, readable: list[str]) -> str:
        """Say it to whoever wrote the statement."""
        if self.action == sqlite3.SQLITE_READ:
            return f"{self.first} can't be read here. There are: {', '.join(readable)}."
        if self.action == sqlite3.SQLITE_FUNCTION:
            return f"The function {self.second}() is not available here."
        if self.first.startswith("sqlite_"):  # a module's first use declares its table there
            return f"This is not available here. There are: {', '.join(readable)}."
        word = _WORDS.get(self.action, "this statement")
        return f"Not allowed: {word}. Only reading is (SELECT, WITH, EXPLAIN)."


class Guard:
    """Prepares a connection, then answers SQLite's questions. Without views every table of the file is open."""

    def __init__(self, connection: sqlite3.Connection, views: tuple[View, ...], query: str) -> None:
        self._connection = connection
        self._tables: set[str] = set()
        self._temporary: set[str] = set()
        self._grants: set[Grant] = set()
        self._functions: set[tuple[str, str]] = set()
        self._used: set[str] = set()
        self.denied: Denial | None = None
        self.readable: list[str] = [view.name for view in views]
        text = query.lower()
        for view in views:
            if view.name.lower() in text:  # each costs half a millisecond, and a name stands in a statement as it is
                self._make(view)
        for function in TABLE_FUNCTIONS:  # their first use reads the schema
            connection.execute(f"SELECT 1 FROM {function}('[]')").fetchall()
        schema = connection.execute("SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view')").fetchall()
        names = {str(name).lower() for (name,) in schema}
        if not views:
            self._tables = {name for name in names if not name.startswith("sqlite_")}
            self.readable = sorted(self._tables)
        modules = {str(name).lower() for (name,) in connection.execute("PRAGMA module_list").fetchall()}
        self._taken = names | modules

    def stand(self) -> None:
        """From now on SQLite asks before it does anything."""
        self._used.clear()
        self.denied = None
        self._connection.set_authorizer(self)

    def _make(self, view: View) -> None:
        secret = f"{view.name}${secrets.token_hex(16)}"
        connection = self._connection
        connection.execute(f'CREATE TEMP VIEW "{secret}" AS {view.body}')
        connection.execute(f'CREATE TEMP VIEW "{view.name}" AS SELECT * FROM temp."{secret}"')
        self._temporary |= {view.name.lower(), secret.lower()}
        asked: list[tuple[int, Any, Any, Any, Any]] = []

        def record(*question: Any) -> int:
            asked.append(question)
            return sqlite3.SQLITE_OK

        connection.set_authorizer(record)
        connection.execute(f'SELECT * FROM temp."{secret}" LIMIT 0').fetchall()
        connection.set_authorizer(None)
        for action, first, second, database, source in asked:
            if source != secret:
                continue
            if action == sqlite3.SQLITE_READ and database == "main":
                self._grants.add((first.lower(), second.lower(), database, secret))
            elif action == sqlite3.SQLITE_FUNCTION:
                self._functions.add((second.lower(), secret))

    def __call__(
        self, action: int, first: str | None, second: str | None, database: str | None, source: str | None
    ) -> int:
        """Answer one question: OK, or DENY, which ends the compilation."""
        one, two = (first or "").lower(), (second or "").lower()
        if action in _ALWAYS:
            allowed = True
        elif action == sqlite3.SQLITE_FUNCTION:
            allowed = two in FUNCTIONS or (two, source or "") in self._functions
        elif action == sqlite3.SQLITE_READ:
            allowed = self._may_read(one, two, database or "", source or "")
        else:
            allowed = False
        if not allowed and self.denied is None:
            self.denied = Denial(action, first or "", second or "")
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _may_read(self, table: str, column: str, database: str, source: str) -> bool:
        if table in self._tables and database in ("main", ""):
            return True
        if not column:  # count(*), or a constant: no value of a column is read
            return table in self._temporary or table in self._used or self._is_an_expression(table)
        if database == "temp":
            return table in self._temporary
        if table in TABLE_FUNCTIONS:
            return True
        if (table, column, database, source) in self._grants:
            self._used.add(table)
            return True
        return False

    def _is_an_expression(self, table: str) -> bool:
        return table in TABLE_FUNCTIONS or not (table in self._taken or table.startswith(("sqlite_", "pragma_")))


def lock_down(connection: sqlite3.Connection, value_bytes: int) -> None:
    """Set what SQLite checks by itself: sizes, depths, no writing."""
    for number, value in (
        (sqlite3.SQLITE_LIMIT_LENGTH, value_bytes),
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
        (sqlite3.SQLITE_LIMIT_COLUMN, 1_000),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 100),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
        (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1_000),
        (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(number, value)
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA trusted_schema = 0")
    with contextlib.suppress(sqlite3.NotSupportedError, AttributeError):  # a build without extensions can't load any
        connection.enable_load_extension(False)
