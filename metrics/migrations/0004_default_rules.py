"""The rules of requirement 7.4, each with its window, and what an operator expects besides."""

from typing import Any

from django.db import migrations
from django.db.models import F

RULES = (
    # component, warning raise, clear, critical raise, clear, window (s), for (s)
    ("swap", 60, 50, 85, 80, 60, 300),
    ("load", 1.5, 1.2, 3, 2.5, 0, 300),
    ("process_memory", 2, 1.8, 4, 3.6, 60, 0),  # 7.4: memory use > 2 GB, every minute
    ("connections", 8000, 7500, 9500, 9000, 0, 0),  # 7.4: > 8000, real time
    ("broadcast_latency", 100, 80, 500, 400, 60, 0),  # 7.4: p95 > 100 ms, every minute
    ("query_time", 100, 80, 500, 400, 60, 0),  # 7.4: > 100 ms, every minute
    ("reconnect_rate", 10, 8, 30, 25, 3600, 0),  # 7.4: > 10 %, every hour
    ("http_error_rate", 5, 4, 20, 15, 300, 60),
    ("host", 30, 15, 120, 15, 0, 0),
)
FIELDS = (
    "component",
    "warning_raise",
    "warning_clear",
    "critical_raise",
    "critical_clear",
    "window_seconds",
    "for_seconds",
)
REPEAT_SECONDS = 4 * 3600


def defaults(apps: Any, schema_editor: Any) -> None:
    """Add what is missing; a rule that somebody made or changed stays as it is."""
    rule = apps.get_model("metrics", "Rule")
    # 7.4: CPU > 70 %, every minute. The average of the minute, where it used to be every reading of the minute.
    untouched = {"warning_raise": 70, "warning_clear": 65, "critical_raise": 90, "critical_clear": 85}
    rule.objects.filter(component="cpu", host=None, for_seconds=60, **untouched).update(
        window_seconds=60, for_seconds=0, repeat_seconds=REPEAT_SECONDS
    )
    known = set(rule.objects.values_list("component", flat=True))
    rule.objects.bulk_create(
        rule(repeat_seconds=REPEAT_SECONDS, **dict(zip(FIELDS, values, strict=True)))
        for values in RULES
        if values[0] not in known
    )
    apps.get_model("metrics", "Revision").objects.get_or_create(name="rules")
    apps.get_model("metrics", "Alert").objects.filter(peak_level="").update(peak_level=F("level"))


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_alerting")]
    operations = [migrations.RunPython(defaults, migrations.RunPython.noop)]
