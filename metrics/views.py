"""``/status``, ``/history``, ``/hosts``, ``/stats`` and ``/system/health``."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metrics import selectors
from metrics.api.alerts import alert_page
from metrics.models import Alert, Host
from metrics.requests import stats
from presence_site.api import ApiError, listed

MAX_POINTS = 5_000
DEFAULT_POINTS = 720
MAX_MS = 253_402_300_799_000  # the end of the year 9999
OFFLINE_MS = 15_000
"""A host that was not heard of for this long counts as offline."""


class RangeQuery(serializers.Serializer[Any]):
    """The query of ``/history``. Times in ms since the epoch; by default the last five minutes."""

    type = serializers.ChoiceField(choices=["status", "stats", "health"], default="status")
    host = serializers.CharField(max_length=253, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    points = serializers.IntegerField(min_value=1, max_value=MAX_POINTS, default=DEFAULT_POINTS)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is no name that Python lets a class have."""
        since = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
        return {**super().get_fields(), "from": since}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the range and check its order."""
        attrs.setdefault("to", time.time_ns() // 1_000_000)
        attrs.setdefault("from", max(0, attrs["to"] - 300_000))
        if attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"from": "Must be before `to`."})
        return attrs


def host_asked_for(name: str | None) -> Host:
    """Return the host of that name; without one this server's own, else the one heard of last.

    Raises:
        ApiError: 404 when there is none.
    """
    if name is not None:
        host = Host.objects.filter(name=name).first()
        if host is None:
            raise ApiError(404, "UNKNOWN_HOST", f"No host is named {name!r}; see /api/v1/hosts.")
        return host
    host = Host.objects.filter(name=settings.PRESENCE_HOST_NAME).first() or Host.objects.order_by("-last_seen").first()
    if host is None:
        raise ApiError(404, "NO_DATA", "No host was sampled yet; is the detector running?")
    return host


_HOST = OpenApiParameter("host", str, description="Name of a host; this server's own by default.")


class StatusView(APIView):
    """The newest reading of one host."""

    @extend_schema(parameters=[_HOST], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a ``SystemStatus`` with ``stale``, which is true when the host was not heard of lately."""
        host = host_asked_for(request.query_params.get("host"))
        newest = selectors.statuses_newest(host=host, limit=1)
        if not newest:
            raise ApiError(
                404, "NO_DATA", f"{host.name} has no readings; they are kept for {settings.PRESENCE_RAW_HOURS} hours."
            )
        stale = time.time() * 1000 - newest[0].timestamp > OFFLINE_MS
        body = msgspec.to_builtins(newest[0])
        return Response({**body, "systemOnline": not stale, "stale": stale})


class HostsView(APIView):
    """All hosts."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return ``{name, online, lastSeen, version}`` for each host."""
        now = time.time() * 1000
        return listed(
            [
                {
                    "name": h.name,
                    "online": now - h.last_seen < OFFLINE_MS,
                    "lastSeen": h.last_seen,
                    "version": h.version,
                }
                for h in Host.objects.all()
            ]
        )


class HistoryView(APIView):
    """A range of the past."""

    @extend_schema(
        parameters=[RangeQuery, OpenApiParameter("from", int, description="Start, ms since the epoch.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return readings as columns in aligned buckets (``status``), or alerts (``health``)."""
        form = RangeQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = form.validated_data
        if query["type"] == "health":
            alerts = Alert.objects.filter(started_at__gte=query["from"], started_at__lt=query["to"])
            return alert_page(request, self, alerts.filter(host__name=query["host"]) if "host" in query else alerts)
        if query["type"] == "stats":
            return listed(selectors.stats_between(start=query["from"], end=query["to"]))
        host = host_asked_for(query.get("host"))
        found = selectors.status_range(host=host, start=query["from"], end=query["to"], points=query["points"])
        return Response(
            {
                "type": "status",
                "host": host.name,
                "from": query["from"],
                "to": query["to"],
                "stepMs": found.step,
                "timestamps": found.timestamps,
                "series": found.series,
                "stale": False,
            }
        )


class StatsView(APIView):
    """Request statistics of the process that answers."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return ``{stats: [SystemStats for 1m, 5m, 15m, 1h, 24h]}``."""
        return Response({"stats": msgspec.to_builtins(stats.read(time.time()))})


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
