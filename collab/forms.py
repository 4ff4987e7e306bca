"""What the HTTP API takes, checked."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collab.models import Role

MAX_MS = 253_402_300_799_000  # the end of the year 9999
MAX_CONTEXT = 4_096
MAX_LIMIT = 200


class ContextSerializer(serializers.Serializer[Any]):
    """What a session is about: an alert, a chart, an execution. Everything may be missing."""

    alertId = serializers.IntegerField(min_value=1, required=False)
    host = serializers.CharField(max_length=253, required=False)
    component = serializers.CharField(max_length=64, required=False)
    level = serializers.ChoiceField(choices=["info", "warning", "critical"], required=False)
    message = serializers.CharField(max_length=1_000, required=False)
    metric = serializers.CharField(max_length=64, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    executionId = serializers.CharField(max_length=64, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is no name that Python lets a class have, and ``source``, which every field has."""
        since = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
        source = serializers.CharField(max_length=100, required=False)
        return {**super().get_fields(), "from": since, "source": source}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that a range of time is one, and the size of the whole."""
        if "from" in attrs and "to" in attrs and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"from": "Must not be after `to`."})
        if len(json.dumps(attrs)) > MAX_CONTEXT:
            raise serializers.ValidationError("Longer than 4 KB.")
        return attrs


class SessionForm(serializers.Serializer[Any]):
    """A new session."""

    title = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    query = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``context``, a name that every serializer has already."""
        return {**super().get_fields(), "context": ContextSerializer(required=False, allow_null=True)}

    def validate_query(self, value: str) -> str:
        """Check the length."""
        limit = settings.PRESENCE_SESSION_TEXT_LENGTH
        if len(value.encode("utf-16-le")) // 2 > limit:
            raise serializers.ValidationError(f"Longer than {limit} characters.")
        return value


class SessionChange(serializers.Serializer[Any]):
    """A change of a session."""

    title = serializers.CharField(max_length=200, required=False)
    archived = serializers.BooleanField(required=False)


class SessionQuery(serializers.Serializer[Any]):
    """The filters of ``/sessions``."""

    state = serializers.ChoiceField(choices=["open", "archived", "all"], default="open")
    q = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MemberForm(serializers.Serializer[Any]):
    """Somebody to let in."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class RoleForm(serializers.Serializer[Any]):
    """Another role."""

    role = serializers.ChoiceField(choices=Role.choices)


class InviteForm(serializers.Serializer[Any]):
    """A new invitation."""

    role = serializers.ChoiceField(choices=[Role.EDITOR, Role.VIEWER])
    expiresInHours = serializers.FloatField(min_value=0.01, required=False)
    maxUses = serializers.IntegerField(min_value=1, max_value=1_000, required=False, allow_null=True, default=None)

    def validate_expiresInHours(self, value: float) -> float:
        """Check it against the setting."""
        limit = settings.PRESENCE_SESSION_INVITE_HOURS
        if value > limit:
            raise serializers.ValidationError(f"An invitation lives {limit:g} hours at most.")
        return value


class JoinForm(serializers.Serializer[Any]):
    """An invitation's token."""

    token = serializers.CharField(max_length=100)


class LogQuery(serializers.Serializer[Any]):
    """A page of a session's log: the entries before a number."""

    before = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=50)


class ExportQuery(serializers.Serializer[Any]):
    """The language and the time zone of an incident report."""

    language = serializers.ChoiceField(choices=["en", "zh"], default="en")
    timezone = serializers.CharField(max_length=64, default="UTC")

    @extend_schema_field(str)
    def validate_timezone(self, value: str) -> ZoneInfo:
        """Look it up."""
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            raise serializers.ValidationError("No such time zone; an example is Asia/Shanghai.") from None
