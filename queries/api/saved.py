"""``/queries/saved``: queries that people keep."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import Analyst
from accounts.roles import roles_of
from presence_site.api import ApiError, Page
from queries import selectors, services
from queries.limits import ConsoleLimits
from queries.models import SavedQuery
from queries.shares import InvalidShare, Share, share_check, share_read, share_token

NOT_FOUND = ApiError(404, "NOT_FOUND", "There is no such saved query for you.")


class ParameterBody(serializers.Serializer[Any]):
    """A parameter that the console asks for."""

    name = serializers.RegexField(r"^[A-Za-z_]\w{0,62}$")
    type = serializers.ChoiceField(choices=["text", "number", "boolean", "datetime"], default="text")

    def get_fields(self) -> dict[str, Any]:
        """Add ``label`` and ``default``, which serializers have methods or arguments of that name for."""
        label = serializers.CharField(max_length=100, required=False, allow_blank=True)
        default = serializers.JSONField(required=False, allow_null=True)
        return {**super().get_fields(), "label": label, "default": default}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A default is one value."""
        if isinstance(attrs.get("default"), list | dict) or len(str(attrs.get("default"))) > 1_000:
            raise serializers.ValidationError({"default": "Must be one short value."})
        return attrs


class SavedBody(serializers.Serializer[Any]):
    """A query to keep."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=2_000, required=False, allow_blank=True)
    query = serializers.CharField(trim_whitespace=False)
    parameters = ParameterBody(many=True, required=False)
    shared = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``source``, an argument of every field."""
        return {**super().get_fields(), "source": serializers.IntegerField(required=False, allow_null=True)}

    def validate_parameters(self, value: list[Any]) -> list[Any]:
        """Not more than anybody fills in."""
        if len(value) > 50:
            raise serializers.ValidationError("At most 50.")
        return value

    def validate_query(self, value: str) -> str:
        """Not longer than what may be run."""
        if len(value.encode(errors="replace")) > ConsoleLimits.from_settings().text_bytes:
            raise serializers.ValidationError("This is longer than a query may be.")
        return value


class OpenBody(serializers.Serializer[Any]):
    """A share of a saved query."""

    share = serializers.CharField(max_length=1_000)


def saved_body(saved: SavedQuery, user: User) -> dict[str, Any]:
    """Return a saved query as the API shows it."""
    return {
        "id": saved.pk,
        "name": saved.name,
        "description": saved.description,
        "query": saved.query,
        "source": saved.source_id,
        "parameters": saved.parameters,
        "shared": saved.shared,
        "owner": saved.owner.get_username(),
        "mine": saved.owner_id == user.pk,
        "createdAt": saved.created_at,
        "updatedAt": saved.updated_at,
    }


def _values(request: Request, *, partial: bool = False) -> dict[str, Any]:
    form = SavedBody(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    values = dict(form.validated_data)
    if "source" in values:
        known = {source.pk for source in selectors.sources_visible(cast(User, request.user))}
        values["source_id"] = values.pop("source")
        if values["source_id"] is not None and values["source_id"] not in known:
            raise ApiError(400, "INVALID_REQUEST", "source: there is no such data source for you.")
    return values


class SavedView(APIView):
    """Saved queries: the own ones and the shared ones."""

    permission_classes = [Analyst]

    @extend_schema(operation_id="queries_saved_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return them, newest first."""
        pages, user = Page(), cast(User, request.user)
        rows: list[SavedQuery] = pages.paginate_queryset(selectors.saved_queries_visible(user), request, self) or []
        return pages.get_paginated_response([saved_body(row, user) for row in rows])

    @extend_schema(request=SavedBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Keep a query."""
        user = cast(User, request.user)
        return Response(saved_body(services.saved_query_create(owner_id=user.pk, **_values(request)), user), status=201)


class SavedOneView(APIView):
    """One saved query; only its owner, or an administrator, changes it."""

    permission_classes = [Analyst]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, id: int) -> Response:
        """Return it."""
        user = cast(User, request.user)
        saved = selectors.saved_queries_visible(user).filter(pk=id).first()
        if saved is None:
            raise NOT_FOUND
        return Response(saved_body(saved, user))

    @extend_schema(request=SavedBody, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, id: int) -> Response:
        """Change some of it."""
        saved = _own(request, id)
        changed = services.saved_query_update(saved=saved, **_values(request, partial=True))
        return Response(saved_body(changed, cast(User, request.user)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: int) -> Response:
        """Forget it."""
        _own(request, id).delete()
        return Response(status=204)


class SavedShareView(APIView):
    """A link to a saved query."""

    permission_classes = [Analyst]

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, id: int) -> Response:
        """Make a share by which any analyst may open it."""
        saved = _own(request, id)
        token = share_token(Share("saved", str(saved.pk), services.saved_query_share(saved=saved)))
        return Response({"share": token, "link": f"/console#saved={token}"}, status=201)


class SavedOpenView(APIView):
    """Open a saved query by a share."""

    permission_classes = [Analyst]

    @extend_schema(request=OpenBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Return it, to read."""
        form = OpenBody(data=request.data)
        form.is_valid(raise_exception=True)
        token = form.validated_data["share"]
        try:
            share = share_read(token)
            number = int(share.id) if share.kind == "saved" else 0
            saved = SavedQuery.objects.select_related("owner").filter(pk=number).first()
            if saved is None:
                raise InvalidShare
            share_check(token, kind="saved", id=str(saved.pk), key=saved.share_key)
        except InvalidShare:
            raise ApiError(403, "SHARE_INVALID", "This share is not good any more; ask for another one.") from None
        return Response(saved_body(saved, cast(User, request.user)))


def _own(request: Request, id: int) -> SavedQuery:
    user = cast(User, request.user)
    saved = selectors.saved_queries_visible(user).filter(pk=id).first()
    if saved is None and "admin" in roles_of(user):
        saved = SavedQuery.objects.select_related("owner").filter(pk=id).first()
    if saved is None:
        raise NOT_FOUND
    if saved.owner_id != user.pk and "admin" not in roles_of(user):
        raise ApiError(403, "NOT_ALLOWED", "Only its owner may change this.")
    return saved
