"""What a source has to be queried: relations, columns, types, functions."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from django.db import Error as DatabaseTrouble
from django.db import connection

from queries.execution import Target
from queries.friendly import VIEWS
from queries.limits import ConsoleLimits
from queries.sandbox.frames import Kind
from queries.sandbox.guard import FUNCTIONS
from queries.sandbox.job import Job
from queries.sandbox.pool import Pool, SandboxError
from queries.sandbox.sink import Failure
from queries.sources import dialect

POSTGRES_FUNCTIONS = tuple(
    """
    abs avg bool_and bool_or ceil coalesce concat count cume_dist date_bin date_part date_trunc dense_rank extract
    first_value floor format generate_series greatest jsonb_array_elements lag last_value lead least left length ln
    lower max min mod ntile now nullif percent_rank percentile_cont percentile_disc power rank regexp_replace replace
    right round row_number split_part sqrt stddev string_agg substring sum to_char to_timestamp trim upper variance
    """.split()  # noqa: SIM905 - reads better as words
)
"""For completion; the database decides."""
COLUMNS_QUERY = """
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_schema, table_name, ordinal_position
"""


def functions_of(engine: str) -> list[str]:
    """Return the functions to offer for completion."""
    return list(POSTGRES_FUNCTIONS) if engine == "postgresql" else sorted(FUNCTIONS - {"->", "->>"})


def history_schema() -> dict[str, Any]:
    """Return the friendly views."""
    engine = dialect()
    relations = [
        {
            "name": view.name,
            "kind": "view",
            "description": {"en": view.english, "zh-hans": view.chinese},
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "unit": column.unit,
                    "description": {"en": column.english, "zh-hans": column.chinese},
                }
                for column in view.columns
            ],
        }
        for view in VIEWS
    ]
    return {"dialect": engine, "relations": relations, "functions": functions_of(engine)}


def history_problem() -> str:
    """Return why the built-in history can't be queried; empty when it can."""
    if dialect() == "sqlite":
        return ""
    from queries.postgres_role import role_name

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolcanlogin", [role_name()])
            found = cursor.fetchone() is not None
    except DatabaseTrouble:
        return "The database can't be reached."
    return "" if found else "The console's role is not set up: run `manage.py query_role`."


async def source_schema(target: Target) -> dict[str, Any]:
    """Return the tables of another source, read in the sandbox as well.

    Raises:
        Failure: when they can't be read.
    """
    relations: dict[str, dict[str, Any]] = {}
    for schema, table, column, kind in await _columns(target):
        name = table if schema in ("main", "public") else f"{schema}.{table}"
        relation = relations.setdefault(name, {"name": name, "kind": "table", "description": "", "columns": []})
        relation["columns"].append({"name": column, "type": kind.lower() or "unknown", "unit": "", "description": ""})
    engine = target.engine
    return {"dialect": engine, "relations": list(relations.values()), "functions": functions_of(engine)}


async def _columns(target: Target) -> list[list[str]]:
    limits = ConsoleLimits.from_settings()
    pool = Pool(target.engine, limits.folder / "tmp", ahead=0)
    rows: list[list[str]] = []
    failure: list[Failure] = []

    def take(kind: Kind, count: int, body: bytes) -> None:
        if kind is Kind.ROWS:
            rows.extend(orjson.loads(body))
        elif kind is Kind.ERROR:
            said = orjson.loads(body)
            failure.append(Failure(said["code"], said["message"]))

    job = Job(
        target.engine,
        target.address,
        COLUMNS_QUERY if target.engine == "postgresql" else "",
        limits=limits.of_job(target.engine, rows=20_000, timeout=10),
        describe=target.engine == "sqlite",
    )
    try:
        worker = await pool.worker()
        worker.give(job, take)
        await asyncio.wait({worker.gone}, timeout=10)
    except SandboxError as error:
        raise Failure("SOURCE_UNAVAILABLE", str(error)) from None
    finally:
        await pool.close()
    if failure:
        raise failure[0]
    return rows
