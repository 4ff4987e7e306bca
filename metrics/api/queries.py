"""What the read endpoints are asked with: a host, a range."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from metrics.history.ranges import SERIES
from metrics.history.tiers import BY_NAME
from metrics.models import Host
from metrics.models.hosts import PRESENCE_SERVICE
from presence_site.api import ApiError

MAX_POINTS = 5_000
DEFAULT_POINTS = 720
MAX_MS = 253_402_300_799_000  # the end of the year 9999
OFFLINE_MS = 15_000
"""A host that was not heard of for this long counts as offline."""

HOST = OpenApiParameter("host", str, description="Name of a host; this server's own by default.")
FROM = OpenApiParameter("from", int, description="Start, ms since the epoch.")


class Between(serializers.Serializer[Any]):
    """A range of time. In ms since the epoch; by default the last five minutes."""

    type = serializers.ChoiceField(choices=["status", "stats", "health"], default="status")
    host = serializers.CharField(max_length=253, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)

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


class RangeQuery(Between):
    """The query of ``/history``."""

    points = serializers.IntegerField(min_value=1, max_value=MAX_POINTS, default=DEFAULT_POINTS)
    series = serializers.CharField(
        max_length=400, required=False, help_text="Only these series of `status`, separated by commas."
    )

    def validate_series(self, value: str) -> list[str]:
        """Return the names, each once."""
        names = list(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
        unknown = [name for name in names if name not in SERIES]
        if unknown or not names:
            raise serializers.ValidationError(f"Must be some of: {', '.join(SERIES)}.")
        return names


class ExportQuery(Between):
    """The query of ``/history/export``."""

    format = serializers.ChoiceField(choices=["csv", "json"], default="csv")
    step = serializers.ChoiceField(
        choices=list(BY_NAME), default="raw", help_text="Single readings (`raw`) or buckets of this width (`status`)."
    )


class PageQuery(serializers.Serializer[Any]):
    """The query of ``/history/readings``: a host and, optionally, a range."""

    host = serializers.CharField(max_length=253, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, as above."""
        since = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
        return {**super().get_fields(), "from": since}


class MomentQuery(serializers.Serializer[Any]):
    """The query of ``/processes``."""

    host = serializers.CharField(max_length=253, required=False)
    at = serializers.IntegerField(
        min_value=0, max_value=MAX_MS, required=False, help_text="The moment, ms since the epoch; now by default."
    )


def host_named(name: str) -> Host:
    """Return the host of that name.

    Raises:
        ApiError: 404 when there is none.
    """
    # PostgreSQL refuses a text with a zero byte
    host = None if "\x00" in name else Host.objects.filter(name=name).first()
    if host is None:
        raise ApiError(404, "UNKNOWN_HOST", f"No host is named {name!r}; see /api/v1/hosts.")
    return host


def source_of(name: str) -> str:
    """Return under which name the statistics of a host are stored: Presence's own under none."""
    return "" if name == PRESENCE_SERVICE else name


def host_asked_for(name: str | None) -> Host:
    """Return the host of that name; without one this server's own, else the one heard of last.

    Raises:
        ApiError: 404 when there is none.
    """
    if name is not None:
        return host_named(name)
    host = Host.objects.filter(name=settings.PRESENCE_HOST_NAME).first() or Host.objects.order_by("-last_seen").first()
    if host is None:
        raise ApiError(404, "NO_DATA", "No host was sampled yet; is the detector running?")
    return host
