"""``/silences`` and ``/maintenance``: everybody reads, operators write."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import generics, serializers

from accounts.permissions import OperatorChanges
from metrics.api.fields import AtomicEdits, HostField, MomentField, checked
from metrics.models import Component, Maintenance, Silence
from metrics.silences import is_in_force, now_utc


class RecurrenceSerializer(serializers.Serializer[Any]):
    """On which weekdays (0 is Monday) a silence recurs, and when: an end not later than the start is a day later."""

    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), min_length=1, max_length=7
    )
    start = serializers.TimeField(format="%H:%M", input_formats=["%H:%M"])
    end = serializers.TimeField(format="%H:%M", input_formats=["%H:%M"])
    timezone = serializers.CharField(max_length=64, default="UTC")

    def validate_weekdays(self, value: list[int]) -> list[int]:
        """Return each day once, in order."""
        return sorted(set(value))

    def validate_timezone(self, value: str) -> str:
        """Check that there is such a zone."""
        if value not in zoneinfo.available_timezones():
            raise serializers.ValidationError("No time zone has this name; one is called Asia/Shanghai.")
        return value


class SilenceSerializer(serializers.ModelSerializer[Silence]):
    """A silence. Times in ms since the epoch; ``host`` and ``component`` null for all of them."""

    host = HostField()
    component = serializers.ChoiceField(choices=Component.choices, allow_null=True, required=False, default=None)
    starts_at = MomentField()
    ends_at = MomentField(allow_null=True, required=False)
    recurrence = RecurrenceSerializer(allow_null=True, required=False, default=None)
    created_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="username", read_only=True)
    active = serializers.SerializerMethodField()

    class Meta:
        model = Silence
        fields = (
            "id",
            "host",
            "component",
            "starts_at",
            "ends_at",
            "recurrence",
            "comment",
            "created_by",
            "active",
        )

    def get_active(self, silence: Silence) -> bool:
        """Tell whether it is in force now."""
        return is_in_force(silence, now_utc())

    def to_representation(self, instance: Silence) -> dict[str, Any]:
        """Put the columns of the recurrence together."""
        body = super().to_representation(instance)
        body["component"] = instance.component or None
        return body

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take the recurrence apart, and let the model judge the whole."""
        if "component" in attrs:
            attrs["component"] = attrs["component"] or ""
        if "recurrence" in attrs:
            recurrence = attrs.pop("recurrence") or {}
            attrs["weekdays"] = recurrence.get("weekdays", [])
            attrs["daily_start"], attrs["daily_end"] = recurrence.get("start"), recurrence.get("end")
            attrs["timezone"] = recurrence.get("timezone", "UTC")
        checked(Silence, attrs, self.instance)
        return attrs


class MaintenanceSerializer(serializers.ModelSerializer[Maintenance]):
    """A maintenance notice. Times in ms since the epoch."""

    starts_at = MomentField()
    ends_at = MomentField()
    created_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Maintenance
        fields = ("id", "text", "starts_at", "ends_at", "created_by")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the order of the times."""
        checked(Maintenance, attrs, self.instance)
        return attrs


def _silences() -> QuerySet[Silence]:
    return Silence.objects.select_related("host", "created_by").order_by()


def _notices() -> QuerySet[Maintenance]:
    return Maintenance.objects.select_related("created_by").order_by()


class SilencesView(AtomicEdits, generics.ListCreateAPIView[Silence]):
    """Silences: for how long alerts of a host or component notify nobody."""

    permission_classes = [OperatorChanges]
    serializer_class = SilenceSerializer
    queryset = _silences()

    def perform_create(self, serializer: Any) -> None:
        """Remember who made it."""
        serializer.save(created_by=self.request.user)


class SilenceView(AtomicEdits, generics.RetrieveUpdateDestroyAPIView[Silence]):
    """One silence."""

    permission_classes = [OperatorChanges]
    serializer_class = SilenceSerializer
    queryset = _silences()


class MaintenancesView(AtomicEdits, generics.ListCreateAPIView[Maintenance]):
    """Maintenance notices: alerts of level ``info`` on every dashboard."""

    permission_classes = [OperatorChanges]
    serializer_class = MaintenanceSerializer
    queryset = _notices()

    def perform_create(self, serializer: Any) -> None:
        """Remember who made it."""
        serializer.save(created_by=self.request.user)


class MaintenanceView(AtomicEdits, generics.RetrieveUpdateDestroyAPIView[Maintenance]):
    """One maintenance notice. Deleting it ends its alert."""

    permission_classes = [OperatorChanges]
    serializer_class = MaintenanceSerializer
    queryset = _notices()
