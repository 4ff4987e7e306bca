"""Reads: executions and saved queries, for whom they may be seen."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from accounts.roles import roles_of
from queries.execution import Outcome, cancelled_outcome, error_outcome
from queries.models import Execution, SavedQuery, Source
from queries.sandbox.sink import Failure
from queries.sources import may_query


def execution_get(id: str) -> Execution | None:
    """Return the record of an execution; None when there is none, or the id is none."""
    try:
        key = uuid.UUID(id)
    except ValueError:
        return None
    return Execution.objects.filter(id=key).first()


def executions_visible(user: User, *, everyones: bool = False) -> QuerySet[Execution]:
    """Return a user's own executions; for an administrator those of everybody, if asked for."""
    if everyones and "admin" in roles_of(user):
        return Execution.objects.all()
    return Execution.objects.filter(user=user)


def executions_found(executions: QuerySet[Execution], filters: dict[str, Any]) -> QuerySet[Execution]:
    """Narrow executions down by text, state, source, user and time (ms)."""
    by_name = {
        "q": Q(query__icontains=filters.get("q")),
        "state": Q(state=filters.get("state")),
        "source": Q(source_name=filters.get("source")),
        "user": Q(username=filters.get("user")),
        "from": Q(started_at__gte=filters.get("from")),
        "to": Q(started_at__lt=filters.get("to")),
    }
    for name, condition in by_name.items():
        if filters.get(name) is not None:
            executions = executions.filter(condition)
    return executions


def outcome_of(execution: Execution) -> Outcome | None:
    """Return the last event of an execution from its record; None while it is open."""
    id = str(execution.id)
    if execution.state == Execution.State.CANCELLED:
        return cancelled_outcome(id, execution.cancel_reason or "user")
    if execution.state == Execution.State.FAILED:
        return error_outcome(id, Failure(execution.error_code or "INTERNAL_ERROR", execution.error_message))
    if execution.state == Execution.State.COMPLETED:
        return error_outcome(id, Failure("INTERNAL_ERROR", "The rows of this run are not kept any more."))
    return None


def saved_queries_visible(user: User) -> QuerySet[SavedQuery]:
    """Return the saved queries that a user sees: the own ones, and the shared ones."""
    return SavedQuery.objects.select_related("owner").filter(Q(owner=user) | Q(shared=True))


def sources_visible(user: User) -> list[Source]:
    """Return the sources that a user may query."""
    is_admin = "admin" in roles_of(user)
    groups = list(user.groups.values_list("name", flat=True))
    sources = Source.objects.select_related("group").filter(enabled=True)
    return [source for source in sources if may_query(source, groups=groups, is_admin=is_admin)]
