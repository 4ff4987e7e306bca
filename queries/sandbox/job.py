"""What a worker is asked to do. Crosses a process border as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

Engine = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use."""

    rows: int = 100_000
    bytes: int = 64 * 2**20
    """Of the encoded result."""
    value_bytes: int = 2**20
    """Of one value, also of one in the middle of a calculation."""
    memory_bytes: int = 128 * 2**20
    """Address space of the worker."""
    heap_bytes: int = 64 * 2**20
    """What SQLite itself may allocate."""
    disk_bytes: int = 256 * 2**20
    """Of a temporary file: sorting and recursive statements spill there."""
    cpu_seconds: int = 32


@dataclass(frozen=True, slots=True)
class View:
    """A friendly view: a name and the SELECT behind it, its tables named ``main.…``."""

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Job:
    """One statement to run.

    ``target`` is a path (SQLite) or a connection string (PostgreSQL). With ``views`` nothing but they can be read;
    without, every table of the database can.
    """

    engine: Engine
    target: str
    query: str
    parameters: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    views: tuple[View, ...] = ()
    count_rows: bool = False
    describe: bool = False
    """SQLite: instead of a query, return its columns as rows of schema, table, column, type."""
    search_path: str = ""
    """PostgreSQL: the schema of the friendly views."""

    def encode(self) -> bytes:
        """Return it as JSON."""
        return orjson.dumps(asdict(self))

    @classmethod
    def decode(cls, data: bytes) -> Job:
        """Return what ``encode`` took."""
        values = orjson.loads(data)
        values["limits"] = Limits(**values["limits"])
        values["views"] = tuple(View(**view) for view in values["views"])
        return cls(**values)
