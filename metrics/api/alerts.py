"""``/alerts``."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metrics import alert_selectors
from metrics.models import Alert
from presence_site.api import Page


class AlertQuery(serializers.Serializer[Any]):
    """The filters of ``/alerts``."""

    state = serializers.ChoiceField(choices=["firing", "recovered"], required=False)
    level = serializers.ChoiceField(choices=["info", "warning", "critical"], required=False)
    component = serializers.CharField(max_length=32, required=False)
    host = serializers.CharField(max_length=253, required=False)


class AlertsView(APIView):
    """Alerts, newest first."""

    @extend_schema(parameters=[AlertQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return alerts as they stand, by state, level, component and host."""
        form = AlertQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = dict(form.validated_data)
        alerts = Alert.objects.all()
        if state := query.pop("state", None):
            alerts = alerts.filter(ended_at__isnull=state == "firing")
        if host := query.pop("host", None):
            alerts = alerts.filter(host__name=host)
        return alert_page(request, self, alerts.filter(**query))


def alert_page(request: Request, view: APIView, alerts: Any) -> Response:
    pages = Page()
    rows: list[Alert] = pages.paginate_queryset(alerts.select_related("host", "rule"), request, view) or []
    return pages.get_paginated_response([msgspec.to_builtins(alert_selectors.alert_current(row)) for row in rows])
