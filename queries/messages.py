"""The messages of ``/ws/query``. Times in ms; ``seq`` counts the chunks of an execution from 1."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

RowFormat = Literal["object", "array"]
ParameterValue = str | int | float | bool | None
Truncated = Literal["rows", "bytes", False]
"""What a result was cut off by, or false."""
CancelReason = Literal["user", "replaced", "disconnected", "shutdown", "admin"]


class _Wire(Struct, rename="camel", omit_defaults=True):
    """Base of everything on the wire: camelCase names, unset fields left out."""


# --- from the client ---


class QueryOptions(_Wire):
    """How to run a query. ``timeout_ms`` and ``max_rows`` lower the server's limits, never raise them."""

    row_format: RowFormat = "object"
    count_rows: bool = False
    timeout_ms: Annotated[int, Meta(ge=1)] | None = None
    max_rows: Annotated[int, Meta(ge=1)] | None = None
    source: int | None = None
    parameters: dict[str, ParameterValue] | None = None


class ExecuteQuery(_Wire):
    """``execute_query``: run ``query`` on a source, null for the built-in history. ``:name`` is a parameter."""

    query: str
    source: int | None = None
    parameters: dict[str, ParameterValue] | None = None
    options: QueryOptions | None = None
    client_id: Annotated[str, Meta(max_length=64)] | None = None


class CancelQuery(_Wire):
    """``cancel_query``: end an execution now."""

    execution_id: str


class QueryAck(_Wire):
    """``ack``: chunks up to ``seq`` were consumed."""

    execution_id: str
    seq: Annotated[int, Meta(ge=0)]


class AttachQuery(_Wire):
    """``attach``: resume one's own execution after chunk ``seq``, or watch a shared one."""

    execution_id: str
    share: str | None = None
    seq: Annotated[int, Meta(ge=0)] = 0
    row_format: RowFormat = "array"


class DetachQuery(_Wire):
    """``detach``: stop watching."""

    execution_id: str


# --- from the server ---


class QueryStarted(_Wire, omit_defaults=False):
    """``query_started``: before work begins, and first in answer to ``attach``."""

    execution_id: str
    timestamp: int
    query: str
    source: int | None
    user: str
    queued: bool
    attached: bool
    client_id: str | UnsetType = UNSET


class QueryProgress(_Wire, omit_defaults=False):
    """``query_progress``: at most every 100 ms. ``progress`` is 0-100, null where the total is not known."""

    execution_id: str
    progress: float | None
    step: Literal["queued", "starting", "counting", "running", "streaming"]
    rows: int
    position: int | UnsetType = UNSET


class ResultColumn(_Wire, omit_defaults=False):
    """A column of a result."""

    name: str
    type: Literal["integer", "real", "text", "blob", "boolean", "datetime", "json", "unknown"]


class DataStreamStart(_Wire, omit_defaults=False):
    """``data_stream_start``: the columns, before the first row."""

    execution_id: str
    columns: list[ResultColumn]
    total_rows: int | None


class DataChunk(_Wire, omit_defaults=False):
    """``data_chunk``: at most 500 rows or 64 KiB, as arrays or objects."""

    execution_id: str
    seq: int
    data: list[Any]


class DataStreamComplete(_Wire, omit_defaults=False):
    """``data_stream_complete``: every row was sent; ``truncated`` says which limit cut the rest off."""

    execution_id: str
    rows: int
    truncated: Truncated


class DataStreamError(_Wire, omit_defaults=False):
    """``data_stream_error``: no more rows will come."""

    execution_id: str
    error: str


class QueryResult(_Wire, omit_defaults=False):
    """What came of a query."""

    columns: list[ResultColumn]
    rows: int
    truncated: Truncated
    elapsed_ms: int


class QueryCompleted(_Wire, omit_defaults=False):
    """``query_completed``."""

    execution_id: str
    timestamp: int
    result: QueryResult


class QueryProblem(_Wire):
    """What went wrong; ``position`` is the character of the query, from 1, where it is known."""

    code: str
    message: str
    position: int | UnsetType = UNSET


class QueryError(_Wire, omit_defaults=False):
    """``query_error``; without ``execution_id`` the query was refused."""

    execution_id: str | None
    timestamp: int
    error: QueryProblem
    client_id: str | UnsetType = UNSET


class QueryCancelled(_Wire, omit_defaults=False):
    """``query_cancelled``."""

    execution_id: str
    timestamp: int
    reason: CancelReason
    by: str | UnsetType = UNSET


EVENTS: dict[str, type[Struct]] = {
    "query_started": QueryStarted,
    "query_progress": QueryProgress,
    "data_stream_start": DataStreamStart,
    "data_chunk": DataChunk,
    "data_stream_complete": DataStreamComplete,
    "data_stream_error": DataStreamError,
    "query_completed": QueryCompleted,
    "query_error": QueryError,
    "query_cancelled": QueryCancelled,
}
