"""What follows from an edit of a rule, a host, a silence or a notice, whoever made it."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from django.db import connection, models
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from metrics import alerting
from metrics.maintenance import maintenance_announce, maintenance_withdrawn
from metrics.messages import ConfigChanged
from metrics.models import Channel, Host, Maintenance, Rule, Silence
from metrics.rulebook import rules_edited
from realtime import publisher

ANNOUNCED: dict[type[models.Model], str] = {
    Rule: "rule",
    Silence: "silence",
    Maintenance: "maintenance",
    Channel: "channel",
}
"""What dashboards are told of when it changes, and by what name."""


def connect() -> None:
    """Connect the receivers."""
    pre_save.connect(_rule_about_to_change, sender=Rule, dispatch_uid="rule_saving")
    post_save.connect(_rule_saved, sender=Rule, dispatch_uid="rule_saved")
    pre_delete.connect(_rule_going, sender=Rule, dispatch_uid="rule_going")
    post_save.connect(_notice_saved, sender=Maintenance, dispatch_uid="notice_saved")
    pre_delete.connect(_notice_going, sender=Maintenance, dispatch_uid="notice_going")
    pre_delete.connect(_host_going, sender=Host, dispatch_uid="host_going")
    post_delete.connect(_host_gone, sender=Host, dispatch_uid="host_gone")
    for model, what in ANNOUNCED.items():
        changed = partial(_changed, what=what)
        post_save.connect(changed, sender=model, dispatch_uid=f"{what}_saved_announce", weak=False)
        post_delete.connect(changed, sender=model, dispatch_uid=f"{what}_deleted_announce", weak=False)


def config_changed(*, what: str, key: int | None) -> None:
    """Tell every dashboard, after commit, that something was edited."""
    now = now_ms()
    publisher.publish(
        topic="config", event="config_changed", data=ConfigChanged(what, key, now), position=now, key=what
    )


def now_ms() -> int:
    """Return the time in ms."""
    return time.time_ns() // 1_000_000


def _changed(instance: models.Model, what: str, raw: bool = False, **_: Any) -> None:
    if not raw:
        config_changed(what=what, key=instance.pk)


def _rule_about_to_change(instance: Rule, **_: Any) -> None:
    if connection.in_atomic_block:  # a judge takes the two locks in this order, too
        alerting.transitions_lock()


def _rule_saved(instance: Rule, created: bool, raw: bool = False, **_: Any) -> None:
    if raw:
        return
    rules_edited()
    if not created:
        _hint(alerting.rule_edited(rule=instance, now=now_ms()))


def _rule_going(instance: Rule, **_: Any) -> None:
    """End what the rule left firing: an alert without a rule would never recover."""
    _hint(alerting.rule_states_reset(rule=instance, now=now_ms()))
    rules_edited()


def _hint(steps: list[Any]) -> None:
    if steps:
        publisher.hint(topic="health", position=steps[-1].pk)


def _notice_saved(instance: Maintenance, raw: bool = False, update_fields: Any = None, **_: Any) -> None:
    if not raw and set(update_fields or ()) != {"alert"}:
        maintenance_announce(now=now_ms())


def _notice_going(instance: Maintenance, **_: Any) -> None:
    maintenance_withdrawn(notice=instance, now=now_ms())


def _host_going(instance: Host, **_: Any) -> None:
    """End what fires on it: no dashboard may go on showing an alert of a host that is gone."""
    _hint(alerting.host_leave(host=instance, now=now_ms()))


def _host_gone(instance: Host, **_: Any) -> None:
    config_changed(what="host", key=instance.pk)
    publisher.forget(topic="status", key=instance.name)
