"""``/ws/query`` and ``/ws/data``: run, cancel, resume and watch queries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from accounts.identity import Identity
from accounts.roles import identity_may
from queries.execution import Execution, Outcome, Request, Target, error_outcome
from queries.executor import GROUP, get_executor
from queries.limits import ConsoleLimits
from queries.messages import (
    EVENTS,
    AttachQuery,
    CancelQuery,
    DetachQuery,
    ExecuteQuery,
    QueryAck,
    QueryOptions,
    RowFormat,
)
from queries.models import Execution as Record
from queries.sandbox.sink import Failure
from queries.selectors import execution_get, outcome_of
from queries.shares import InvalidShare, Share, share_check
from queries.sources import history, target_for
from queries.viewer import Viewer
from realtime import groups
from realtime.endpoint import Endpoint, EventType, MessageType, register_endpoint
from realtime.hub import get_hub
from realtime.peer import Peer
from realtime.pool import DatabaseTrouble, in_thread
from realtime.protocol import ErrorCode, ProtocolError

NOT_FOUND = "There is no such run for you, or its rows are not kept any more."
CLEAN_CLOSE = 1000


class Refused(ProtocolError):
    """A message that can't be honoured, with a code of the console's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(cast("ErrorCode", code), message)


@dataclass(eq=False)
class Watching:
    """One socket watches one execution."""

    viewer: Viewer
    task: asyncio.Task[None]
    own: bool
    share: Share | None = None


@dataclass(eq=False)
class Console:
    """What one socket has: the run it started last, and all that it watches."""

    current: Execution | None = None
    watching: dict[str, Watching] = field(default_factory=dict)


# --- messages ---


async def execute(peer: Peer, payload: ExecuteQuery, id: str | None) -> None:
    """Run a query; an earlier run of this socket ends."""
    console: Console = peer.state
    executor = get_executor()
    try:
        request = await _checked(peer.identity, payload, executor.limits)
        if console.current is not None:
            executor.cancel(console.current, "replaced")
        execution = executor.execute(request)
    except Failure as failure:
        _refuse(peer, failure, id, payload.client_id)
        return
    console.current = execution
    executor.reclaim(execution)
    started = _started(execution, attached=False)
    if payload.client_id is not None:
        started["clientId"] = payload.client_id
    peer.send("query_started", started, id=id)
    options = payload.options or QueryOptions()
    _watch(peer, execution.id, execution, own=True, row_format=options.row_format)


async def attach(peer: Peer, payload: AttachQuery, id: str | None) -> None:
    """Resume an execution of one's own, or watch a shared one."""
    executor = get_executor()
    live = executor.executions.get(payload.execution_id)
    record = await _record(payload.execution_id)
    own = peer.identity.user_id == (live.request.user_id if live else record.user_id if record else None)
    share = _share(record, payload.share) if not own and payload.share is not None else None
    if not (own or share or (peer.identity.is_admin and record)):
        raise Refused("EXECUTION_NOT_FOUND", NOT_FOUND)
    kept = executor.spools.exists(payload.execution_id)
    if not kept and (record is None or record.state == Record.State.COMPLETED):
        raise Refused("EXECUTION_NOT_FOUND", NOT_FOUND)
    if not kept and record is not None and record.state in Record.OPEN:
        raise Refused("EXECUTION_ELSEWHERE", "This runs on a server that does not share the data folder with this one.")
    _stop_watching(peer, payload.execution_id, at_once=False)
    if live is not None and own:
        executor.reclaim(live)
    started = _started(live, attached=True) if live else _started_record(record)
    peer.send("query_started", started, id=id)
    outcome = outcome_of(record) if record is not None and not kept else None
    if outcome is not None:
        peer.send(outcome["type"], outcome["payload"])
        return
    _watch(peer, payload.execution_id, live, own=own, share=share, row_format=payload.row_format, seq=payload.seq)


async def cancel(peer: Peer, payload: CancelQuery, id: str | None) -> None:
    """End an execution: one's own, a shared one whose share allows it, any for an administrator."""
    executor, identity = get_executor(), peer.identity
    live = executor.executions.get(payload.execution_id)
    record = None if live is not None else await _record(payload.execution_id)
    owner = live.request.user_id if live else record.user_id if record else None
    own = owner == identity.user_id
    watching = peer.state.watching.get(payload.execution_id)
    shared = watching is not None and watching.share is not None
    if not own and not identity.is_admin and not shared:
        raise Refused("EXECUTION_NOT_FOUND", NOT_FOUND)
    if not own and not identity.is_admin and not watching.share.allow_cancel:
        raise Refused("UNAUTHORIZED", "This share does not allow cancelling.")
    reason = "user" if own or shared else "admin"
    if live is not None:
        executor.cancel(live, reason, identity.username)
    elif record is not None and record.state in Record.OPEN:
        ask = {"ask": "cancel", "execution": str(record.id), "reason": reason, "by": identity.username}
        groups.send(GROUP, ask)


def ack(peer: Peer, payload: QueryAck, id: str | None) -> None:
    """Open the window; an ack of nothing counts against the limit of messages."""
    watching = peer.state.watching.get(payload.execution_id)
    if watching is None or not watching.viewer.ack(payload.seq):
        peer.spend(apart=True)


def detach(peer: Peer, payload: DetachQuery, id: str | None) -> None:
    """Stop watching."""
    _stop_watching(peer, payload.execution_id, at_once=False)


# --- a socket comes and goes ---


async def opened(peer: Peer) -> None:
    """Get a worker ready for whoever may need one."""
    peer.state = Console()
    executor = get_executor()
    executor.revoked = _revoked
    if identity_may(peer.identity, "analyst"):
        executor.warm(history().engine)


def closed(peer: Peer, code: int) -> None:
    """A client that closes cleanly wants no more; one that was lost may come back."""
    for id in list(peer.state.watching):
        _stop_watching(peer, id, at_once=code == CLEAN_CLOSE)


# --- inside ---


async def _checked(identity: Identity, payload: ExecuteQuery, limits: ConsoleLimits) -> Request:
    """Return what is asked for, checked.

    Raises:
        Failure: when it can't be run.
    """
    options = payload.options or QueryOptions()
    if not identity_may(identity, "analyst"):
        raise Failure("NOT_ALLOWED", "Only analysts may run queries; an administrator can make you one.")
    size = len(payload.query.encode(errors="replace"))
    if size > limits.text_bytes:
        raise Failure("TOO_LARGE", f"The query has {size} bytes; it may have {limits.text_bytes}.")
    if not payload.query.strip():
        raise Failure("EMPTY_QUERY", "There is no statement in the query.")
    if "\0" in payload.query:
        raise Failure("SYNTAX_ERROR", "The query has a character in it that no query can have (NUL).")
    parameters = payload.parameters if payload.parameters is not None else options.parameters or {}
    for name, value in parameters.items():
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise Failure("INVALID_PARAMETERS", f"The value of :{name[:50]} is beyond 64 bits.")
    source = payload.source if payload.source is not None else options.source
    timeout = min((options.timeout_ms or limits.timeout * 1000) / 1000, limits.timeout)
    return Request(
        query=payload.query,
        target=await _target(identity, source),
        parameters=dict(parameters),
        user_id=identity.user_id,
        username=identity.username,
        timeout=timeout,
        rows=min(options.max_rows or limits.rows, limits.rows),
        count_rows=options.count_rows,
    )


async def _target(identity: Identity, source: int | None) -> Target:
    if source is None:
        return history()  # asks no database
    return await in_thread(target_for, source, groups=identity.groups, is_admin=identity.is_admin)


async def _record(id: str) -> Record | None:
    try:
        return await in_thread(execution_get, id)
    except DatabaseTrouble:
        raise Refused("SOURCE_UNAVAILABLE", "The records can't be read now; try again in a moment.") from None


def _share(record: Record | None, token: str) -> Share:
    try:
        if record is None:
            raise InvalidShare
        return share_check(token, kind="execution", id=str(record.id), key=record.share_key)
    except InvalidShare:
        raise Refused("SHARE_INVALID", "This share is not good any more; ask for another one.") from None


def _watch(
    peer: Peer,
    id: str,
    live: Execution | None,
    *,
    own: bool,
    share: Share | None = None,
    row_format: RowFormat = "array",
    seq: int = 0,
) -> None:
    async def fate() -> Outcome | None:
        record = await _record(id)
        return None if record is None else outcome_of(record)

    path = get_executor().spools.path(id)
    viewer = Viewer(peer, id, path, live=live, fate=fate, row_format=row_format, seq=seq)
    watching = Watching(viewer, peer.spawn(_follow(peer, viewer)), own, share)
    peer.state.watching[id] = watching


async def _follow(peer: Peer, viewer: Viewer) -> None:
    await viewer.run()
    console: Console = peer.state
    watching = console.watching.get(viewer.execution_id)
    if watching is not None and watching.viewer is viewer:
        del console.watching[viewer.execution_id]
    if console.current is not None and console.current.id == viewer.execution_id:
        console.current = None


def _stop_watching(peer: Peer, id: str, *, at_once: bool) -> None:
    watching: Watching | None = peer.state.watching.pop(id, None)
    if watching is None:
        return
    watching.task.cancel()
    live = watching.viewer.live
    if watching.own and live is not None and live.outcome is None:
        get_executor().leave(live, at_once=at_once)
    if peer.state.current is live:
        peer.state.current = None


def _revoked(id: str) -> None:
    """Send everybody away who watches by a share."""
    for connection in list(get_hub().connections):
        if isinstance(connection, Peer) and isinstance(connection.state, Console):
            watching = connection.state.watching.get(id)
            if watching is not None and watching.share is not None:
                _stop_watching(connection, id, at_once=False)
                connection.error("SHARE_INVALID", "This share was taken back.", {"executionId": id})


def _started(execution: Execution, *, attached: bool) -> dict[str, Any]:
    request = execution.request
    return {
        "executionId": execution.id,
        "timestamp": execution.started_at,
        "query": request.query,
        "source": request.target.source,
        "user": request.username,
        "queued": not execution.admitted.is_set(),
        "attached": attached,
    }


def _started_record(record: Record | None) -> dict[str, Any]:
    assert record is not None
    return {
        "executionId": str(record.id),
        "timestamp": record.started_at,
        "query": record.query,
        "source": record.source_id,
        "user": record.username,
        "queued": False,
        "attached": True,
    }


def _refuse(peer: Peer, failure: Failure, id: str | None, client_id: str | None = None) -> None:
    more = {} if client_id is None else {"clientId": client_id}
    outcome = error_outcome(None, failure, **more)
    peer.send(outcome["type"], outcome["payload"], id=id)


def _refused(peer: Peer, problem: ProtocolError, id: str | None) -> None:
    _refuse(peer, Failure(str(problem.code), problem.message), id)


def register_query_endpoint() -> None:
    """Register the endpoint."""
    register_endpoint(
        Endpoint(
            name="query",
            paths=("/ws/query", "/ws/data"),
            messages=(
                MessageType("execute_query", ExecuteQuery, execute, refused=_refused),
                MessageType("cancel_query", CancelQuery, cancel),
                MessageType("ack", QueryAck, ack, cost="own"),
                MessageType("attach", AttachQuery, attach),
                MessageType("detach", DetachQuery, detach),
            ),
            events=tuple(EventType(name, payload) for name, payload in EVENTS.items()),
            opened=opened,
            closed=closed,
        )
    )
