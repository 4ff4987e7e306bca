"""Writes: the records of executions, saved queries, sources."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from queries.models import Execution, SavedQuery, now_ms
from queries.process import surely_dead

if TYPE_CHECKING:
    from queries.execution import Execution as Running

ALIVE_MS = 120_000
"""A process moves its records on every 30 s; after four missed times it is taken for dead."""
DEAD_MESSAGE = "The server that ran this query has stopped."


@dataclass(frozen=True)
class Ending:
    """How an execution ended, as its record keeps it."""

    state: str
    ended_at: int
    rows: int
    bytes: int
    truncated: str
    error_code: str
    error_message: str
    cancel_reason: str
    columns: list[dict[str, str]]

    @classmethod
    def of(cls, execution: Running) -> Ending:
        """Return it of an execution that has ended."""
        assert execution.outcome is not None
        kind, payload = execution.outcome["type"], execution.outcome["payload"]
        states = {"query_completed": "completed", "query_error": "failed", "query_cancelled": "cancelled"}
        error = payload.get("error", {})
        return cls(
            state=states[kind],
            ended_at=payload["timestamp"],
            rows=execution.rows,
            bytes=execution.spool.size,
            truncated=execution.truncated or "",
            error_code=error.get("code", ""),
            error_message=error.get("message", ""),
            cancel_reason=payload.get("reason", ""),
            columns=execution.columns,
        )


def execution_create(execution: Running, process: str) -> None:
    """Store that an execution has begun."""
    request = execution.request
    Execution.objects.create(
        id=execution.id,
        user_id=request.user_id,
        username=request.username,
        source_id=request.target.source,
        source_name=request.target.name,
        query=request.query,
        parameters=request.parameters,
        state=Execution.State.RUNNING if execution.admitted.is_set() else Execution.State.QUEUED,
        started_at=execution.started_at,
        process=process,
        alive_until=now_ms() + ALIVE_MS,
    )


def execution_end(id: str, ending: Ending) -> None:
    """Store how it ended; only the first end counts."""
    Execution.objects.filter(id=id, state__in=Execution.OPEN).update(**vars(ending))


def executions_sweep(living: Collection[str], process: str, record_days: int) -> int:
    """Keep the records of ``living`` open, close those whose process is gone, delete the oldest; return the closed."""
    now = now_ms()
    Execution.objects.filter(id__in=living, state__in=Execution.OPEN).update(
        alive_until=now + ALIVE_MS, state=Execution.State.RUNNING
    )
    others = Execution.objects.filter(state__in=Execution.OPEN).exclude(process=process)
    dead = [name for name in others.values_list("process", flat=True).distinct() if surely_dead(name)]
    closed = others.filter(Q(process__in=dead) | Q(alive_until__lt=now)).update(
        state=Execution.State.FAILED,
        ended_at=now,
        error_code="INTERNAL_ERROR",
        error_message=DEAD_MESSAGE,
    )
    Execution.objects.filter(started_at__lt=now - record_days * 86_400_000).exclude(state__in=Execution.OPEN).delete()
    return closed


def execution_share(*, execution: Execution) -> str:
    """Return the key that the shares of an execution carry, made on first use."""
    if not execution.share_key:
        execution.share_key = secrets.token_hex(16)
        execution.save(update_fields=["share_key"])
    return execution.share_key


def execution_unshare(*, execution: Execution) -> None:
    """Make every share of an execution invalid."""
    execution.share_key = ""
    execution.save(update_fields=["share_key"])


def saved_query_create(*, owner_id: int, **values: Any) -> SavedQuery:
    """Keep a query."""
    return SavedQuery.objects.create(owner_id=owner_id, **values)


def saved_query_update(*, saved: SavedQuery, **values: Any) -> SavedQuery:
    """Change a kept query."""
    for name, value in values.items():
        setattr(saved, name, value)
    saved.updated_at = now_ms()
    saved.save()
    return saved


def saved_query_share(*, saved: SavedQuery) -> str:
    """Return the key that the links to a kept query carry, made on first use."""
    if not saved.share_key:
        saved.share_key = secrets.token_hex(16)
        saved.save(update_fields=["share_key"])
    return saved.share_key
