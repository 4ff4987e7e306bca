"""``/rules``."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metrics.models import Host, Rule
from presence_site.api import listed


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """An alert rule."""

    host: serializers.SlugRelatedField[Host] = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Rule
        fields = (
            "id",
            "component",
            "host",
            "comparison",
            "warning_raise",
            "warning_clear",
            "critical_raise",
            "critical_clear",
            "for_seconds",
            "keep_firing_for_seconds",
            "enabled",
        )


class RulesView(APIView):
    """The alert rules; edited in the admin."""

    @extend_schema(responses=RuleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Return every rule."""
        return listed(list(RuleSerializer(Rule.objects.select_related("host"), many=True).data))
