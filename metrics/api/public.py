"""``/public/…``: what strangers may ask where ``PRESENCE_PUBLIC`` is on; elsewhere nothing is at these addresses.

Who asks is not looked at, so a cookie that comes along opens no more here than without one.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.throttles import AddressThrottle
from metrics import alert_selectors, public
from metrics.api import history, hosts
from metrics.api.answers import json_answer, remembered
from metrics.api.queries import FROM, RangeQuery
from metrics.models import Alert

MAX_MS = 25 * 3_600_000
"""A day, and an hour to spare for clocks that differ."""
MAX_POINTS = 720
MAX_ALERTS = 100
FRESH_SECONDS = 2.0


class PublicThrottle(AddressThrottle):
    """Requests of one address (``PRESENCE_PUBLIC_RATE``)."""

    scope = "public"
    setting = "PRESENCE_PUBLIC_RATE"


class PublicView(APIView):
    """Open to everybody while the public page is, and else not there."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [PublicThrottle]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer 404 where the public page is off."""
        super().initial(request, *args, **kwargs)
        if not settings.PRESENCE_PUBLIC:
            raise NotFound


class PublicHostsView(PublicView):
    """How all machines do."""

    @extend_schema(auth=[], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return each machine with its newest status and the level of its worst open alert."""
        body = remembered.answer("hosts", hosts._hosts, fresh=hosts.FRESH_SECONDS)
        machines = [public.host(one) for one in body["results"] if one["kind"] == "machine"]
        return json_answer(request, {**body, "results": machines})


class PublicHistoryView(PublicView):
    """The last day of one machine."""

    @extend_schema(auth=[], parameters=[RangeQuery, FROM], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return a range of at most a day as columns; readings alone."""
        form = RangeQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        query = form.validated_data
        if query["type"] != "status":
            raise serializers.ValidationError({"type": "Only `status` is public."})
        if query["to"] - query["from"] > MAX_MS or query["points"] > MAX_POINTS:
            raise serializers.ValidationError({"from": f"At most a day, and {MAX_POINTS} points."})
        answer: HttpResponseBase = history.HistoryView().get(request)
        return answer


class PublicAlertsView(PublicView):
    """What is wrong right now."""

    @extend_schema(auth=[], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return the open alerts, newest first."""
        return json_answer(request, remembered.answer("public alerts", _alerts, fresh=FRESH_SECONDS))


def _alerts() -> dict[str, Any]:
    rows = Alert.objects.filter(ended_at__isnull=True).select_related("rule").order_by("-pk")[:MAX_ALERTS]
    found = [public.alert(alert_selectors.alert_current(row)) for row in rows]
    return {"results": found, "next": None, "previous": None}
