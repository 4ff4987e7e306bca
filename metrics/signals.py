"""What follows from an edit of a rule, whoever made it."""

from __future__ import annotations

import time
from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete

from metrics import alerting
from metrics.messages import ConfigChanged
from metrics.models import Alert, Rule
from realtime import publisher


def connect() -> None:
    """Connect the receivers."""
    post_save.connect(rule_changed, sender=Rule, dispatch_uid="rule_saved")
    pre_delete.connect(rule_going, sender=Rule, dispatch_uid="rule_going")
    post_delete.connect(rule_changed, sender=Rule, dispatch_uid="rule_deleted")


def rule_changed(instance: Rule, raw: bool = False, **_: Any) -> None:
    """Tell every dashboard to read the rules again."""
    if raw:
        return
    now = time.time_ns() // 1_000_000
    publisher.publish(
        topic="config", event="config_changed", data=ConfigChanged("rule", instance.pk, now), position=now, key="rule"
    )


def rule_going(instance: Rule, **_: Any) -> None:
    """End what the rule left firing: an alert without a rule would never recover."""
    now = time.time_ns() // 1_000_000
    with alerting.transaction_for_transitions():
        steps = [
            alerting.alert_end(alert=alert, now=now) for alert in Alert.objects.filter(rule=instance, ended_at=None)
        ]
    if steps:
        publisher.hint(topic="health", position=steps[-1].pk)
