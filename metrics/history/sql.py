"""The statements that build and read buckets. SQLite and PostgreSQL take the same ones.

All names come from this package, none from outside; values are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from metrics.history.tiers import RAW, Tier
from metrics.models import Bucket, Snapshot
from metrics.models.history import BUCKET_COLUMNS

BUCKET = Bucket._meta.db_table
SNAPSHOT = Snapshot._meta.db_table
FIGURES = tuple(f"{column}_{word}" for column in BUCKET_COLUMNS for word in ("count", "min", "sum", "max"))
_HEAD = ("host_id", "step", "start", "count", *FIGURES)


def figures_of(tier: Tier, column: str) -> tuple[str, str, str, str]:
    """Return the aggregates count, min, sum and max of one column over the rows of a tier."""
    if tier is RAW:
        # PostgreSQL adds whole numbers up to `numeric`, which comes back as a Decimal
        return f"COUNT({column})", f"MIN({column})", f"SUM(CAST({column} AS DOUBLE PRECISION))", f"MAX({column})"
    return f"SUM({column}_count)", f"MIN({column}_min)", f"SUM({column}_sum)", f"MAX({column}_max)"


def bucket_of(tier: Tier, width: int) -> str:
    """Return the expression for the start (ms) of the bucket of ``width`` ms that a row of a tier falls into."""
    moment = "timestamp" if tier is RAW else "start"
    return f"({moment} / {width}) * {width}"


def rows_of(tier: Tier) -> str:
    """Return FROM and WHERE for the rows of one host in a time; parameters: host, from, before (ms)."""
    if tier is RAW:
        return f"FROM {SNAPSHOT} WHERE host_id = %s AND timestamp >= %s AND timestamp < %s"
    return f"FROM {BUCKET} WHERE host_id = %s AND step = {tier.step} AND start >= %s AND start < %s"


def build(tier: Tier, source: Tier, *, add: bool = False) -> str:
    """Return the statement that builds a tier's buckets from a narrower one; parameters: host, from, before (ms).

    Buckets that exist are replaced, so building twice changes nothing; with ``add`` the rows are added to what the
    buckets hold.
    """
    columns = [figure for column in BUCKET_COLUMNS for figure in figures_of(source, column)]
    count = "COUNT(*)" if source is RAW else "SUM(count)"
    start = bucket_of(source, tier.width)
    select = f"SELECT host_id, {tier.step}, {start}, {count}, {', '.join(columns)} {rows_of(source)}"
    changed = [_added(name) if add else f"{name} = excluded.{name}" for name in ("count", *FIGURES)]
    return (
        f"INSERT INTO {BUCKET} ({', '.join(_HEAD)}) {select} GROUP BY host_id, {start} "
        f"ON CONFLICT (host_id, step, start) DO UPDATE SET {', '.join(changed)}"
    )


def _added(name: str) -> str:
    old, new = f"{BUCKET}.{name}", f"excluded.{name}"
    if name.endswith("count"):
        return f"{name} = {old} + {new}"
    if name.endswith("_sum"):
        return f"{name} = CASE WHEN {old} IS NULL THEN {new} WHEN {new} IS NULL THEN {old} ELSE {old} + {new} END"
    sign = "<" if name.endswith("_min") else ">"
    return f"{name} = CASE WHEN {old} IS NULL OR {new} {sign} {old} THEN {new} ELSE {old} END"


def read(tier: Tier, columns: Sequence[str], step: int) -> str:
    """Return the query for ``bucket`` and, for each column, count, min, sum and max; parameters as in ``rows_of``."""
    return f"{_grouped(tier, columns, step)} ORDER BY 1"


def read_together(tiers: Sequence[Tier], columns: Sequence[str], step: int) -> str:
    """Return one query for the same from several tiers; the parameters of each follow one another."""
    return f"{' UNION ALL '.join(_grouped(tier, columns, step) for tier in tiers)} ORDER BY 1"


def _grouped(tier: Tier, columns: Sequence[str], step: int) -> str:
    names = [figure for column in columns for figure in figures_of(tier, column)]
    bucket = bucket_of(tier, step)
    return f"SELECT {bucket} AS bucket, {', '.join(names)} {rows_of(tier)} GROUP BY {bucket}"


def read_whole(tier: Tier, columns: Sequence[str]) -> str:
    """Return the query for each bucket of a tier as it is: its start and, for each column, mean, min and max."""
    figures = [f"{name}_sum / NULLIF({name}_count, 0), {name}_min, {name}_max" for name in columns]
    return f"SELECT start, {', '.join(figures)} {rows_of(tier)} ORDER BY start"
