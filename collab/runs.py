"""Writes about running the query together. The console executes; a session notes what its members tell of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from collab.clock import now_ms
from collab.errors import Refused
from collab.log import event_add
from collab.models import Run, Session
from collab.people import name_of
from collab.presence import is_present
from collab.shares import share_kept
from collab.words import storable

ABANDONED_MS = 60_000
"""A run of which nothing was heard for this long, and whose starter is gone, does not block the next one."""
ENDS = ("completed", "failed", "cancelled")


def run_start(*, session_id: UUID, user: User, execution_id: str, share: str, query: str, source: str) -> Run:
    """Note that the query is being run; the same execution again changes nothing.

    Raises:
        Refused: ``RUN_ACTIVE`` while another runs, ``SESSION_ARCHIVED``.
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session_id)
        existing = Run.objects.filter(session=session, execution_id=execution_id).first()
        if existing is not None:
            return existing
        if session.archived_at is not None:
            raise Refused("SESSION_ARCHIVED")
        _make_way(session)
        now = now_ms()
        last = Run.objects.filter(session=session).aggregate(last=Max("number"))["last"] or 0
        run = Run.objects.create(
            session=session,
            number=last + 1,
            execution_id=execution_id,
            share=share_kept(share),
            query=storable(query),
            source=source,
            started_by=user,
            started_by_name=name_of(user),
            started_at=now,
            heard_at=now,
        )
        _note(run, "run_started", user)
    return run


def _make_way(session: Session) -> None:
    active = Run.objects.filter(session=session, status="running").first()
    if active is None:
        return
    silent = now_ms() - active.heard_at
    if silent < ABANDONED_MS or (active.started_by_id and is_present(session.pk, active.started_by_id)):
        raise Refused("RUN_ACTIVE", details={"number": active.number, "executionId": active.execution_id})
    _end(active, "failed", error="abandoned")
    _note(active, "run_finished", None)


def run_progress(*, session_id: UUID, execution_id: str, rows: int) -> None:
    """Note how far a run is said to be."""
    running = Run.objects.filter(session_id=session_id, execution_id=execution_id, status="running")
    running.update(rows=rows, heard_at=now_ms())


def run_finish(
    *, session_id: UUID, user: User, execution_id: str, status: str, rows: int, elapsed_ms: int | None, error: str
) -> None:
    """Note how a run ended. The first to say so counts.

    Raises:
        Refused: ``UNKNOWN_RUN``.
    """
    with transaction.atomic():
        run = _find(session_id, execution_id)
        if run.status == "running":
            _end(run, status, rows=rows, elapsed_ms=elapsed_ms, error=storable(error)[:500])
            _note(run, "run_finished", user)


def run_cancel(*, session_id: UUID, user: User, execution_id: str) -> Run:
    """Note who wants a run to end.

    Raises:
        Refused: ``UNKNOWN_RUN``, also when it has ended.
    """
    with transaction.atomic():
        run = _find(session_id, execution_id)
        if run.status != "running":
            raise Refused("UNKNOWN_RUN")
        if not run.cancelled_by:
            run.cancelled_by = name_of(user)
            run.save(update_fields=["cancelled_by"])
            _note(run, "run_cancel", user)
    return run


def _find(session_id: UUID, execution_id: str) -> Run:
    Session.objects.select_for_update().get(pk=session_id)
    run = Run.objects.filter(session_id=session_id, execution_id=execution_id).first()
    if run is None:
        raise Refused("UNKNOWN_RUN")
    return run


def _end(run: Run, status: str, **values: Any) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    run.status, run.ended_at = status, now_ms()
    run.save()


def _note(run: Run, kind: str, actor: User | None) -> None:
    data = {
        "run": run.number,
        "executionId": run.execution_id,
        "status": run.status,
        "rows": run.rows,
        "elapsedMs": run.elapsed_ms,
        "error": run.error or None,
    }
    if kind == "run_started":
        data["query"] = run.query
    event_add(session_id=run.session_id, kind=kind, actor=actor, data=data)
