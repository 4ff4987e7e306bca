"""``/history``, ``/history/readings``, ``/history/export`` and ``/processes``."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metrics import selectors
from metrics.api.alerts import alert_page
from metrics.api.answers import encoded_answer, json_answer, remembered
from metrics.api.queries import FROM, HOST, ExportQuery, MomentQuery, PageQuery, RangeQuery, host_asked_for, source_of
from metrics.history import export
from metrics.history.ranges import status_range
from metrics.models import Alert, ProcessSample, Snapshot
from metrics.signals import now_ms
from metrics.statistics.series import stats_range
from presence_site.api import ApiError, Page

LIVE_MS = 600_000
"""A range that ends within so much of now is a chart that moves along."""


class HistoryView(APIView):
    """A range of the past."""

    @extend_schema(parameters=[RangeQuery, FROM], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return a range as columns in whole, aligned buckets (``status``, ``stats``), or alerts (``health``)."""
        form = RangeQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = form.validated_data
        if query["type"] == "health":
            alerts = Alert.objects.filter(started_at__gte=query["from"], started_at__lt=query["to"])
            return alert_page(request, self, alerts.filter(host_name=query["host"]) if "host" in query else alerts)
        # up to now: what was remembered a moment ago may stand in for it. Of the past, only the same range may.
        live = abs(query["to"] - now_ms()) < LIVE_MS
        which = (query["to"] - query["from"], None if live else query["from"])
        key = ("history", query["type"], query.get("host"), which, query["points"], tuple(query.get("series", ())))
        return encoded_answer(request, remembered.encoded(key, lambda: self._read(query)))

    @staticmethod
    def _read(query: dict[str, Any]) -> dict[str, Any]:
        read = _stats if query["type"] == "stats" else _status
        return {"type": query["type"], "from": query["from"], "to": query["to"], "stale": False, **read(query)}


def _status(query: dict[str, Any]) -> dict[str, Any]:
    host = host_asked_for(query.get("host"))
    found = status_range(
        host=host, start=query["from"], end=query["to"], points=query["points"], series=query.get("series")
    )
    return {
        "host": host.name,
        "stepMs": found.step,
        "tier": found.tier,
        "timestamps": found.timestamps,
        "series": found.series,
    }


def _stats(query: dict[str, Any]) -> dict[str, Any]:
    found = stats_range(
        start=query["from"],
        end=query["to"],
        points=query["points"],
        now=time.time_ns() // 1_000_000,
        source=source_of(query.get("host", "")),
        minutes_days=settings.PRESENCE_MINUTES_DAYS,
    )
    return {
        "host": query.get("host", ""),
        "stepMs": found.step,
        "tier": found.tier,
        "timestamps": found.timestamps,
        "series": found.series,
    }


class _NewestFirst(Page):
    ordering = "-timestamp"


class ReadingsView(APIView):
    """Single readings."""

    @extend_schema(
        parameters=[PageQuery, FROM, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return the readings of a host, newest first, a page at a time."""
        form = PageQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = form.validated_data
        host = host_asked_for(query.get("host"))
        rows: QuerySet[Snapshot] = Snapshot.objects.filter(host=host)
        if "from" in query:
            rows = rows.filter(timestamp__gte=query["from"])
        if "to" in query:
            rows = rows.filter(timestamp__lt=query["to"])
        pages = _NewestFirst()
        page = pages.paginate_queryset(rows, request, self) or []
        return pages.get_paginated_response([msgspec.to_builtins(selectors.status_of(row, host)) for row in page])


class ExportView(APIView):
    """A range as a file."""

    @extend_schema(
        parameters=[ExportQuery, FROM],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Stream a range as CSV or JSON, oldest first; as long as it may be, it takes no more memory than a page."""
        form = ExportQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = form.validated_data
        host = host_asked_for(query.get("host")) if query["type"] == "status" else None
        wanted = export.Wanted(
            type=query["type"],
            host=host.name if host else source_of(query.get("host", "")),
            start=query["from"],
            end=query["to"],
            tier=query["step"],
        )
        return export.response(wanted, format=query["format"])


class ProcessesView(APIView):
    """The busiest processes at a moment."""

    @extend_schema(parameters=[MomentQuery, HOST], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return the newest look at the busiest processes of a host that is not after ``at``."""
        form = MomentQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        host = host_asked_for(form.validated_data.get("host"))
        rows = ProcessSample.objects.filter(host=host)
        if "at" in form.validated_data:
            rows = rows.filter(timestamp__lte=form.validated_data["at"])
        sample = rows.order_by("-timestamp").first()
        if sample is None:
            raise ApiError(404, "NO_DATA", f"No processes of {host.name} are known at that moment.")
        return json_answer(
            request, {"host": host.name, "timestamp": sample.timestamp, "processes": sample.processes, "stale": False}
        )
