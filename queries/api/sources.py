"""``/queries/sources``, ``/queries/schema``, ``/queries/examples``, ``/queries/limits``."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import Admin, Analyst
from accounts.roles import roles_of
from presence_site.api import ApiError, listed
from queries import schema, selectors
from queries.examples import examples
from queries.limits import ConsoleLimits
from queries.models import Source
from queries.sandbox.sink import Failure
from queries.sources import HISTORY, BadAddress, dialect, group_named, source_save, target_for


class SourceBody(serializers.Serializer[Any]):
    """A data source; ``url`` is never shown again."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=2_000, write_only=True)
    group = serializers.CharField(max_length=150, required=False, allow_null=True, allow_blank=True)
    enabled = serializers.BooleanField(required=False)


def source_body(source: Source) -> dict[str, Any]:
    """Return a source as the API shows it."""
    return {
        "id": source.pk,
        "name": source.name,
        "kind": source.kind,
        "dialect": source.kind,
        "builtIn": False,
        "group": source.group.name if source.group else None,
        "enabled": source.enabled,
        "available": source.enabled,
        "reason": "" if source.enabled else "disabled",
    }


def history_body() -> dict[str, Any]:
    """Return the built-in history as the API shows it."""
    reason = schema.history_problem()
    return {
        "id": None,
        "name": HISTORY,
        "kind": HISTORY,
        "dialect": dialect(),
        "builtIn": True,
        "group": None,
        "enabled": True,
        "available": not reason,
        "reason": reason,
    }


class SourcesView(APIView):
    """The data sources that one may query."""

    permission_classes = [Analyst]

    @extend_schema(operation_id="queries_sources_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the built-in history and the others."""
        user = cast(User, request.user)
        rows = Source.objects.select_related("group") if "admin" in roles_of(user) else selectors.sources_visible(user)
        return listed([history_body(), *map(source_body, rows)])

    @extend_schema(request=SourceBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Add a source (administrators)."""
        _admin_only(request)
        form = SourceBody(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(source_body(_saved(Source(), dict(form.validated_data))), status=201)


class SourceView(APIView):
    """One data source, for administrators."""

    permission_classes = [Admin]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, id: int) -> Response:
        """Return it."""
        return Response(source_body(_source(id)))

    @extend_schema(request=SourceBody, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, id: int) -> Response:
        """Change some of it."""
        form = SourceBody(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(source_body(_saved(_source(id), dict(form.validated_data))))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: int) -> Response:
        """Forget it; the records of its runs stay."""
        _source(id).delete()
        return Response(status=204)


class SchemaView(APIView):
    """What a source has to be queried."""

    permission_classes = [Analyst]

    @extend_schema(parameters=[OpenApiParameter("source", int)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return tables, views, their columns with types and units, and the functions that may be used."""
        text = request.query_params.get("source", "")
        if not text:
            return Response(schema.history_schema())
        if not text.isdecimal() or len(text) > 18:
            raise ApiError(400, "INVALID_REQUEST", "source: must be the id of a data source.")
        user = cast(User, request.user)
        groups = list(user.groups.values_list("name", flat=True))
        try:
            target = target_for(int(text), groups=groups, is_admin="admin" in roles_of(user))
            return Response(async_to_sync(_source_schema)(target))
        except Failure as failure:
            status = 404 if failure.code == "SOURCE_NOT_FOUND" else 503
            raise ApiError(status, failure.code, str(failure)) from None


async def _source_schema(target: Any) -> dict[str, Any]:
    async with asyncio.timeout(20):
        return await schema.source_schema(target)


class ExamplesView(APIView):
    """Ready-made queries."""

    permission_classes = [Analyst]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them in the dialect of the built-in history."""
        return listed(examples(dialect()))


class LimitsView(APIView):
    """What a query may use."""

    permission_classes = [Analyst]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the limits; times in ms, sizes in bytes."""
        limits = ConsoleLimits.from_settings()
        return Response(
            {
                "timeoutMs": int(limits.timeout * 1000),
                "maxRows": limits.rows,
                "maxBytes": limits.bytes,
                "maxValueBytes": limits.value_bytes,
                "maxQueryBytes": limits.text_bytes,
                "running": limits.running_per_user,
                "queued": limits.queued_per_user,
                "graceMs": int(limits.grace * 1000),
                "keepMs": int(limits.keep * 1000),
            }
        )


def _admin_only(request: Request) -> None:
    if "admin" not in roles_of(cast(User, request.user)):
        raise ApiError(403, "NOT_ALLOWED", "Only administrators may do this.")


def _source(id: int) -> Source:
    source = Source.objects.select_related("group").filter(pk=id).first()
    if source is None:
        raise ApiError(404, "NOT_FOUND", "There is no such data source.")
    return source


def _saved(source: Source, values: dict[str, Any]) -> Source:
    try:
        if "group" in values:
            values["group"] = group_named(values["group"])
        with transaction.atomic():
            return source_save(source, **values)
    except Group.DoesNotExist:
        raise ApiError(400, "INVALID_REQUEST", "group: there is no such group.") from None
    except BadAddress as error:
        raise ApiError(400, "INVALID_REQUEST", f"url: {error}") from None
    except IntegrityError:
        raise ApiError(409, "CONFLICT", "A data source of that name exists already.") from None
