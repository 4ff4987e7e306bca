"""``/stats`` and ``/system/health``."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from django.db import DatabaseError, connection
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metrics.api.answers import encoded_answer, remembered
from metrics.api.queries import host_named, source_of
from metrics.statistics.periods import periods

FRESH_SECONDS = 2.0
"""How long statistics are good for; they are stored every few seconds anyway."""


class StatsView(APIView):
    """Request statistics over all processes."""

    @extend_schema(
        parameters=[OpenApiParameter("host", str, description="Name of an application; Presence itself by default.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return ``{stats: [SystemStats for 1m, 5m, 15m, 1h, 24h]}``."""
        source = source_of(request.query_params.get("host", ""))
        found = remembered.encoded(("stats", source), lambda: _stats(source), fresh=FRESH_SECONDS)
        return encoded_answer(request, found)


def _stats(source: str) -> dict[str, Any]:
    if source:
        host_named(source)
    now = time.time_ns() // 1_000_000
    return {"stats": msgspec.to_builtins(periods(now=now, source=source)), "timestamp": now, "stale": False}


class HealthView(APIView):
    """Whether Presence works. Open, but says ``{status}`` alone to those who are not signed in."""

    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        """Leave it to ``get``: whoever is signed in can't be looked up while the database is down."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return 200 ``ok``, or 503 ``degraded`` when the database does not answer."""
        if not database_answers():
            return Response({"status": "degraded"}, status=503)
        body: dict[str, Any] = {"status": "ok"}
        if request.user.is_authenticated:
            body["components"] = {"database": "ok"}
        return Response(body)


def database_answers() -> bool:
    """Tell whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
