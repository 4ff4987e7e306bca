"""Rules in the admin: thresholds with their units, and a page that shows when one would have fired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.admin.base import moment
from metrics.components import with_unit
from metrics.models import Level, Rule
from metrics.rehearsal import Firing, rule_rehearse
from metrics.signals import now_ms

MOST_TESTED = 20


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    """Thresholds. A change reaches the detector with its next tick and every open dashboard at once."""

    list_display = ("component", "where", "trouble", "warning", "critical", "patience", "enabled")
    list_editable = ("enabled",)
    list_filter = ("component", "enabled", "host")
    list_select_related = ("host",)
    actions = ("test_selected", "enable_selected", "disable_selected")
    fieldsets = (
        (None, {"fields": ("component", "host", "comparison", "enabled")}),
        (
            _("Thresholds"),
            {
                "fields": (("warning_raise", "warning_clear"), ("critical_raise", "critical_clear")),
                "description": _(
                    "In the unit that stands behind the component: percentages are 0 to 100, times ms or seconds. "
                    "An alert is raised beyond one value and cleared at another, so that a value between the two "
                    "does not make it come and go."
                ),
            },
        ),
        (_("Patience"), {"fields": ("window_seconds", "for_seconds", "keep_firing_for_seconds", "no_data")}),
        (_("Notifications"), {"fields": ("repeat_seconds",)}),
    )

    @admin.display(description=_("host"), ordering="host__name")
    def where(self, rule: Rule) -> str:
        """Return the host, in words."""
        return rule.host.name if rule.host else gettext("every host")

    @admin.display(description=_("trouble is"), ordering="comparison")
    def trouble(self, rule: Rule) -> str:
        """Return the side on which trouble lies."""
        return rule.get_comparison_display()

    @admin.display(description=_("warning"), ordering="warning_raise", empty_value="-")
    def warning(self, rule: Rule) -> str | None:
        """Return the threshold with its unit."""
        return None if rule.warning_raise is None else with_unit(rule.component, rule.warning_raise)

    @admin.display(description=_("critical"), ordering="critical_raise", empty_value="-")
    def critical(self, rule: Rule) -> str | None:
        """Return the threshold with its unit."""
        return None if rule.critical_raise is None else with_unit(rule.component, rule.critical_raise)

    @admin.display(description=_("window / for"))
    def patience(self, rule: Rule) -> str:
        """Return over how long a value is averaged, and how long it must last."""
        return f"{timedelta(seconds=rule.window_seconds)} / {timedelta(seconds=rule.for_seconds)}"

    @admin.action(description=_("Switch on"), permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Switch rules on."""
        self._switch(request, queryset, enabled=True)

    @admin.action(description=_("Switch off (ends their alerts)"), permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Switch rules off."""
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Rule], *, enabled: bool) -> None:
        with transaction.atomic():  # one by one: each ends its alerts and tells the dashboards
            changed = list(queryset.exclude(enabled=enabled))
            for rule in changed:
                rule.enabled = enabled
                rule.save()
        text = gettext("%(count)d rules changed.") % {"count": len(changed)}
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Test on the last hour"), permissions=["view"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[Rule]) -> HttpResponse:
        """Show when the chosen rules would have fired."""
        chosen = ",".join(str(key) for key in queryset.values_list("pk", flat=True)[:MOST_TESTED])
        return HttpResponseRedirect(f"{reverse('admin:metrics_rule_test')}?rules={chosen}")

    def get_urls(self) -> list[Any]:
        """Add the page of the test."""
        return [
            path("test/", self.admin_site.admin_view(self.test_view), name="metrics_rule_test"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the test on the page of a rule."""
        context = {"test_text": _("Test on the last hour"), "test_url": reverse("admin:metrics_rule_test")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Show when rules would have fired within the last hour."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("rules", "").split(",") if key.isdecimal() and len(key) < 19]
        rules = Rule.objects.filter(pk__in=keys[:MOST_TESTED]).select_related("host")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("When it would have fired within the last hour"),
            "back": _("Back to the rules"),
            "heads": [_("host"), _("level"), _("from"), _("to"), _("value")],
            "results": [self._result(rule) for rule in rules],
        }
        return TemplateResponse(request, "admin/metrics/rule/test.html", context)

    @staticmethod
    def _result(rule: Rule) -> dict[str, Any]:
        found = rule_rehearse(rule=rule, now=now_ms())
        if not found.known:
            verdict = gettext("No history is kept of this value, so it can't be tested.")
        elif not found.samples:
            verdict = gettext("There were no values within the last hour.")
        elif not found.firings:
            verdict = gettext("It would not have fired. %(count)d values were looked at.") % {"count": found.samples}
        else:
            names = {"times": len(found.firings), "count": found.samples}
            verdict = gettext("Fired %(times)d times. %(count)d values were looked at.") % names
        return {"rule": rule, "verdict": verdict, "rows": [_row(rule, firing) for firing in found.firings[:200]]}


def _row(rule: Rule, firing: Firing) -> dict[str, Any]:
    return {
        "host": firing.host,
        "level": firing.level,
        "label": Level(firing.level).label,
        "start": moment(firing.start),
        "end": moment(firing.end) if firing.end else gettext("still firing"),
        "value": with_unit(rule.component, firing.value) if firing.value is not None else "-",
    }
