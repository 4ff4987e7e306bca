"""``/rules``: everybody reads, administrators write; ``/rules/{id}/test``: operators try one on the past."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import AdminChanges, OperatorChanges
from metrics.api.fields import AtomicEdits, HostField, ThresholdField, checked
from metrics.models import Rule
from metrics.rehearsal import rule_rehearse
from metrics.signals import now_ms
from presence_site.api import ApiError

MAX_HOURS = 24


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """An alert rule. Thresholds are in the unit of the component; null ones never raise. Durations are in seconds."""

    host = HostField(help_text="Name of one host; null for every host.")
    warning_raise = ThresholdField()
    warning_clear = ThresholdField()
    critical_raise = ThresholdField()
    critical_clear = ThresholdField()

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
            "window_seconds",
            "for_seconds",
            "keep_firing_for_seconds",
            "repeat_seconds",
            "no_data",
            "enabled",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the thresholds make sense together."""
        checked(Rule, attrs, self.instance)
        return attrs


class RulesView(AtomicEdits, generics.ListCreateAPIView[Rule]):
    """The alert rules."""

    permission_classes = [AdminChanges]
    serializer_class = RuleSerializer
    queryset = Rule.objects.select_related("host").order_by()


class RuleView(AtomicEdits, generics.RetrieveUpdateDestroyAPIView[Rule]):
    """One alert rule. Switching it off or deleting it ends what it left firing."""

    permission_classes = [AdminChanges]
    serializer_class = RuleSerializer
    queryset = Rule.objects.select_related("host").order_by()


class TestQuery(serializers.Serializer[Any]):
    """How far back to go."""

    __test__ = False
    hours = serializers.IntegerField(min_value=1, max_value=MAX_HOURS, default=1)


class RuleTestView(generics.GenericAPIView[Rule]):
    """A rule, tried on the past."""

    permission_classes = [OperatorChanges]
    serializer_class = TestQuery
    queryset = Rule.objects.select_related("host").order_by()

    @extend_schema(request=TestQuery, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, pk: int) -> Response:
        """Return ``{firings: [{host, level, from, to, value}], samples, hosts}``: when it would have fired."""
        rule = self.get_object()
        form = TestQuery(data=request.data)
        form.is_valid(raise_exception=True)
        found = rule_rehearse(rule=rule, now=now_ms(), hours=form.validated_data["hours"])
        if not found.known:
            raise ApiError(409, "NO_HISTORY", f"No history is kept of {rule.component}.")
        firings = [
            {"host": one.host, "level": one.level, "from": one.start, "to": one.end, "value": one.value}
            for one in found.firings
        ]
        return Response({"firings": firings, "samples": found.samples, "hosts": found.hosts})
