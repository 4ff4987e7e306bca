"""``/alerts``, one alert with its transitions, and acknowledging it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import OperatorChanges
from metrics import alert_selectors
from metrics.acknowledging import AlertEnded, alert_acknowledge, alert_unacknowledge
from metrics.api.fields import MAX_MS
from metrics.models import Alert
from metrics.signals import now_ms
from metrics.silences import Quiet, now_utc, quiet_at
from presence_site.api import ApiError, Page


class AlertQuery(serializers.Serializer[Any]):
    """The filters of ``/alerts``. ``from`` and ``to``: alerts that were open at any time between them, in ms."""

    state = serializers.ChoiceField(choices=["firing", "recovered"], required=False)
    level = serializers.ChoiceField(choices=["info", "warning", "critical"], required=False)
    component = serializers.CharField(max_length=32, required=False)
    host = serializers.CharField(max_length=253, required=False)
    acknowledged = serializers.BooleanField(required=False, allow_null=True, default=None)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is no name that Python lets a class have."""
        since = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
        return {**super().get_fields(), "from": since}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the order of the range."""
        if "from" in attrs and "to" in attrs and attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"from": "Must be before `to`."})
        return attrs

    def found(self) -> QuerySet[Alert]:
        """Return the alerts that were asked for."""
        query, alerts = self.validated_data, Alert.objects.all()
        if "state" in query:
            alerts = alerts.filter(ended_at__isnull=query["state"] == "firing")
        if query["acknowledged"] is not None:
            alerts = alerts.filter(acknowledged_at__isnull=not query["acknowledged"])
        if "host" in query:
            alerts = alerts.filter(host_name=query["host"])
        if "from" in query:
            alerts = alerts.filter(Q(ended_at=None) | Q(ended_at__gte=query["from"]))
        if "to" in query:
            alerts = alerts.filter(started_at__lt=query["to"])
        return alerts.filter(**{name: query[name] for name in ("level", "component") if name in query})


class AlertsView(APIView):
    """Alerts, newest first."""

    @extend_schema(
        parameters=[
            AlertQuery,
            OpenApiParameter("from", int, description="Start, ms since the epoch."),
            OpenApiParameter("limit", int, description="Alerts on a page, up to 500."),
            OpenApiParameter("cursor", str, description="The page, as `next` and `previous` give it."),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return alerts as they stand, by state, level, component, host and time."""
        form = AlertQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        return alert_page(request, self, form.found())


def alert_page(request: Request, view: APIView, alerts: QuerySet[Alert]) -> Response:
    """Return a page of alerts, newest first."""
    pages = Page()
    rows = pages.paginate_queryset(_whole(alerts), request, view) or []
    quiet = quiet_at(now_utc())
    return pages.get_paginated_response([alert_body(row, quiet) for row in rows])


def _whole(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.select_related("rule", "acknowledged_by")


def alert_body(alert: Alert, quiet: Quiet) -> dict[str, Any]:
    """Return an alert as it stands: a ``HealthAlert`` with who acknowledged it and whether a silence covers it."""
    acknowledged = None
    if alert.acknowledged_at is not None:
        acknowledged = {
            "by": alert.acknowledged_by.get_username() if alert.acknowledged_by else None,
            "at": alert.acknowledged_at,
            "comment": alert.acknowledge_comment,
        }
    body: dict[str, Any] = msgspec.to_builtins(alert_selectors.alert_current(alert))
    return {**body, "acknowledged": acknowledged, "silenced": alert.ended_at is None and quiet.covers(alert)}


class AlertView(generics.GenericAPIView[Alert]):
    """One alert."""

    queryset = _whole(Alert.objects.all())

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        """Return an alert with its transitions, oldest first."""
        alert = self.get_object()
        steps = alert.transitions.order_by("pk")[:1_000]
        transitions = [
            {
                "state": step.state,
                "level": step.level,
                "message": step.message,
                "value": step.current_value,
                "threshold": step.threshold,
                "timestamp": step.timestamp,
            }
            for step in steps
        ]
        return Response({**alert_body(alert, quiet_at(now_utc())), "transitions": transitions})


class AcknowledgeForm(serializers.Serializer[Any]):
    """Who takes care is taken from the sign-in."""

    comment = serializers.CharField(max_length=500, allow_blank=True, default="")


class AcknowledgeView(generics.GenericAPIView[Alert]):
    """Somebody takes care of an alert."""

    permission_classes = [OperatorChanges]
    serializer_class = AcknowledgeForm
    queryset = _whole(Alert.objects.all())

    @extend_schema(request=AcknowledgeForm, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, pk: int) -> Response:
        """Acknowledge an open alert: it reminds nobody from then on."""
        alert = self.get_object()
        form = AcknowledgeForm(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            assert isinstance(request.user, User)  # the permission let nobody else in
            alert_acknowledge(alert=alert, user=request.user, comment=form.validated_data["comment"], now=now_ms())
        except AlertEnded:
            raise ApiError(409, "ALERT_ENDED", "This alert has recovered already.") from None
        return Response(alert_body(self.get_object(), quiet_at(now_utc())))

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def delete(self, request: Request, pk: int) -> Response:
        """Take an acknowledgement back."""
        alert_unacknowledge(alert=self.get_object())
        return Response(alert_body(self.get_object(), quiet_at(now_utc())))
