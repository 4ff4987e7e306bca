"""``/queries/executions``: what was run, the rows as a file, shares, cancelling."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import Analyst, SignedIn
from accounts.roles import roles_of
from presence_site.api import ApiError, Page
from queries import selectors, services
from queries.export import CONTENT_TYPES, Format, exported
from queries.limits import ConsoleLimits
from queries.models import Execution, now_ms
from queries.shares import InvalidShare, Share, share_check, share_token
from queries.spool import Spools
from realtime import groups
from realtime.pool import in_thread


class ExecutionPage(Page):
    """Newest first."""

    ordering = "-started_at"


class ExecutionQuery(serializers.Serializer[Any]):
    """The filters of ``/queries/executions``; times in ms."""

    q = serializers.CharField(max_length=500, required=False)
    state = serializers.ChoiceField(choices=Execution.State.values, required=False)
    user = serializers.CharField(max_length=150, required=False)
    to = serializers.IntegerField(min_value=0, max_value=2**53, required=False)
    scope = serializers.ChoiceField(choices=["mine", "all"], default="mine")

    def get_fields(self) -> dict[str, Any]:
        """Add ``from`` and ``source``, which are no names that a serializer's class can have."""
        since = serializers.IntegerField(min_value=0, max_value=2**53, required=False)
        source = serializers.CharField(max_length=100, required=False)
        return {**super().get_fields(), "from": since, "source": source}


class ShareBody(serializers.Serializer[Any]):
    """What a share of a run allows."""

    allowCancel = serializers.BooleanField(default=False)


class ExportBody(serializers.Serializer[Any]):
    """An export by a share: in the body, for addresses are logged."""

    share = serializers.CharField(max_length=1_000)
    format = serializers.ChoiceField(choices=["csv", "json"], default="csv")


def spools() -> Spools:
    """Return the folder of the rows."""
    limits = ConsoleLimits.from_settings()
    return Spools(limits.folder, keep_seconds=limits.keep, total_bytes=limits.spool_bytes)


def execution_body(execution: Execution, kept: Spools) -> dict[str, Any]:
    """Return an execution as the API shows it."""
    error = {"code": execution.error_code, "message": execution.error_message}
    ended = execution.ended_at
    return {
        "id": str(execution.id),
        "user": execution.username,
        "source": execution.source_id,
        "sourceName": execution.source_name,
        "query": execution.query,
        "parameters": execution.parameters,
        "state": execution.state,
        "startedAt": execution.started_at,
        "endedAt": ended,
        "elapsedMs": (ended or now_ms()) - execution.started_at,
        "rows": execution.rows,
        "bytes": execution.bytes,
        "truncated": execution.truncated or False,
        "error": error if execution.error_code else None,
        "cancelReason": execution.cancel_reason or None,
        "columns": execution.columns,
        "shared": bool(execution.share_key),
        "rowsKept": kept.exists(str(execution.id)),
    }


def execution_of(request: Request, id: UUID) -> Execution:
    """Return an execution that the caller may see: one's own, or anybody's for an administrator.

    Raises:
        ApiError: 404 otherwise.
    """
    execution = selectors.execution_get(str(id))
    user = cast(User, request.user)
    if execution is None or (execution.user_id != user.pk and "admin" not in roles_of(user)):
        raise ApiError(404, "NOT_FOUND", "There is no such run for you.")
    return execution


class ExecutionsView(APIView):
    """What was run, newest first."""

    permission_classes = [Analyst]

    @extend_schema(operation_id="queries_executions_list", parameters=[ExecutionQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return one's own executions; with ``scope=all`` everybody's, for administrators (the audit)."""
        form = ExecutionQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        filters = dict(form.validated_data)
        everyones = filters.pop("scope") == "all"
        user = cast(User, request.user)
        if everyones and "admin" not in roles_of(user):
            raise ApiError(403, "NOT_ALLOWED", "Only administrators see everybody's runs.")
        found = selectors.executions_found(selectors.executions_visible(user, everyones=everyones), filters)
        pages, kept = ExecutionPage(), spools()
        rows: list[Execution] = pages.paginate_queryset(found, request, self) or []
        return pages.get_paginated_response([execution_body(row, kept) for row in rows])


class ExecutionView(APIView):
    """One execution."""

    permission_classes = [Analyst]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, id: UUID) -> Response:
        """Return one's own execution, or anybody's for an administrator."""
        return Response(execution_body(execution_of(request, id), spools()))


class CancelView(APIView):
    """End an execution."""

    permission_classes = [Analyst]

    @extend_schema(request=None, responses={202: None})
    def post(self, request: Request, id: UUID) -> Response:
        """Ask the process that runs it to end it now; one that has ended stays as it is."""
        execution = execution_of(request, id)
        user = cast(User, request.user)
        reason = "user" if execution.user_id == user.pk else "admin"
        groups.send("queries", {"ask": "cancel", "execution": str(id), "reason": reason, "by": user.get_username()})
        return Response(status=202)


class ShareView(APIView):
    """Shares of an execution."""

    permission_classes = [Analyst]

    @extend_schema(request=ShareBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, id: UUID) -> Response:
        """Make a share: whoever is signed in and has it may read this run, and cancel it where that is allowed."""
        execution = execution_of(request, id)
        form = ShareBody(data=request.data)
        form.is_valid(raise_exception=True)
        key = services.execution_share(execution=execution)
        token = share_token(Share("execution", str(execution.id), key, form.validated_data["allowCancel"]))
        link = f"/console#run={execution.id}&share={token}"
        expires = now_ms() + settings.QUERY_SHARE_HOURS * 3_600_000
        return Response({"share": token, "expiresAt": expires, "link": link}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Take back every share of this run; who watches by one is sent away."""
        services.execution_unshare(execution=execution_of(request, id))
        groups.send("queries", {"ask": "revoke", "execution": str(id)})
        return Response(status=204)


class ExportView(APIView):
    """The rows of an execution as a file."""

    permission_classes = [SignedIn]
    FILE = OpenApiResponse(OpenApiTypes.BINARY, description="text/csv or application/json, streamed.")

    @extend_schema(parameters=[OpenApiParameter("format", enum=["csv", "json"])], responses=FILE)
    def get(self, request: Request, id: UUID) -> StreamingHttpResponse:
        """Return the rows of one's own run; ``format`` is csv or json. One that still runs is followed to its end."""
        format = request.query_params.get("format", "csv")
        if format not in CONTENT_TYPES:
            raise ApiError(400, "INVALID_REQUEST", "format: must be csv or json.")
        return _file(execution_of(request, id), format)

    @extend_schema(request=ExportBody, responses=FILE)
    def post(self, request: Request, id: UUID) -> StreamingHttpResponse:
        """Return the rows of a run that was shared."""
        form = ExportBody(data=request.data)
        form.is_valid(raise_exception=True)
        execution = selectors.execution_get(str(id))
        try:
            if execution is None:
                raise InvalidShare
            share_check(form.validated_data["share"], kind="execution", id=str(id), key=execution.share_key)
        except InvalidShare:
            raise ApiError(403, "SHARE_INVALID", "This share is not good any more; ask for another one.") from None
        return _file(execution, form.validated_data["format"])


def _file(execution: Execution, format: Format) -> StreamingHttpResponse:
    id = str(execution.id)
    path = spools().path(id)
    if not path.exists():
        raise ApiError(410, "ROWS_GONE", "The rows of this run are not kept any more; run it again.")
    if execution.state in (Execution.State.FAILED, Execution.State.CANCELLED):
        raise ApiError(409, "NOT_COMPLETED", "This run did not complete, so there is no whole result.")

    async def open_still() -> bool:
        return await in_thread(Execution.objects.filter(id=id, state__in=Execution.OPEN).exists)

    answer = StreamingHttpResponse(exported(path, format, open_still=open_still), content_type=CONTENT_TYPES[format])
    answer["Content-Disposition"] = f'attachment; filename="query-{id[:8]}.{format}"'
    answer["Cache-Control"] = "no-store"
    return answer
