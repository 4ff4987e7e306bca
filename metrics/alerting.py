"""Writes: rules judged, alerts raised and ended. Every function is one transaction's worth."""

from __future__ import annotations

from django.db import connection, transaction

from metrics.alerts import State, Thresholds, Transition, judge
from metrics.messages import SystemStatus
from metrics.models import Alert, AlertTransition, Component, Host, Rule, RuleState

VALUE_OF = {Component.CPU: "cpu_usage", Component.MEMORY: "memory_usage", Component.DISK: "disk_usage"}
"""Where a reading holds the value of a component."""

TRANSITION_LOCK = 0x5052_4553  # any number of our own; the same in every process


def rules_judge(*, host: Host, reading: SystemStatus, grace: bool = False) -> list[AlertTransition]:
    """Judge one reading against every enabled rule of its host; return the transitions, which are rows by then.

    State and transition are written together, so a crash leaves both or none.
    """
    rules = list(Rule.objects.filter(enabled=True).filter(host=None) | Rule.objects.filter(enabled=True, host=host))
    states = {state.rule_id: state for state in RuleState.objects.filter(host=host)}
    made = []
    for rule in rules:
        row = states.get(rule.pk)
        before = _state_of(row)
        value = getattr(reading, VALUE_OF[Component(rule.component)])
        after, transition = judge(thresholds_of(rule), before, value, reading.timestamp, grace=grace)
        if after != before:
            with transaction_for_transitions():
                made += _state_save(rule, host, row, after, transition, reading, value)
    made += _orphans_close(host, {rule.pk for rule in rules}, states, reading)
    return made


class transaction_for_transitions(transaction.Atomic):
    """A transaction that inserts transitions.

    PostgreSQL hands out ids before it commits them, so a reader at 2 could miss 1 for ever: writers take turns.
    """

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __enter__(self) -> None:
        super().__enter__()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TRANSITION_LOCK])


def thresholds_of(rule: Rule) -> Thresholds:
    """Return a rule's numbers for the state machine."""
    return Thresholds(
        above=rule.comparison == "above",
        warning_raise=rule.warning_raise,
        warning_clear=rule.warning_clear,
        critical_raise=rule.critical_raise,
        critical_clear=rule.critical_clear,
        for_ms=rule.for_seconds * 1000,
        keep_firing_for_ms=rule.keep_firing_for_seconds * 1000,
    )


def _state_of(row: RuleState | None) -> State:
    if row is None:
        return State()
    return State(row.level, row.pending_level, row.pending_since, row.clearing_since)


def _state_save(
    rule: Rule,
    host: Host,
    row: RuleState | None,
    state: State,
    step: Transition | None,
    reading: SystemStatus,
    value: float,
) -> list[AlertTransition]:
    row = row or RuleState(rule=rule, host=host)
    row.level, row.pending_level = state.level, state.pending_level
    row.pending_since, row.clearing_since = state.pending_since, state.clearing_since
    made = []
    if step is not None:
        made.append(_alert_step(rule, host, row, step, reading.timestamp, value))
    row.save()
    return made


def _alert_step(rule: Rule, host: Host, row: RuleState, step: Transition, now: int, value: float) -> AlertTransition:
    alert = row.alert or Alert(rule=rule, host=host, component=rule.component, started_at=now)
    recovered = step.level == ""
    alert.level = step.before if recovered else step.level
    alert.message = message_of(rule.component, step, value, above=rule.comparison == "above")
    alert.threshold, alert.current_value = step.threshold, value
    alert.ended_at = now if recovered else None
    alert.save()
    row.alert = None if recovered else alert
    return transition_add(alert=alert, now=now)


def transition_add(*, alert: Alert, now: int) -> AlertTransition:
    """Append the alert as it stands to the ordered log that every browser reads."""
    return AlertTransition.objects.create(
        alert=alert,
        state="firing" if alert.ended_at is None else "recovered",
        level=alert.level,
        message=alert.message,
        threshold=alert.threshold,
        current_value=alert.current_value,
        timestamp=now,
    )


def _orphans_close(
    host: Host, judged: set[int], states: dict[int, RuleState], reading: SystemStatus
) -> list[AlertTransition]:
    """End what a rule that was disabled left firing; ``alert_end_of_rule`` does it for one that is deleted."""
    made = []
    for rule_id, row in states.items():
        if rule_id not in judged and (row.level or row.pending_level):
            with transaction_for_transitions():
                if row.alert is not None:
                    made.append(alert_end(alert=row.alert, now=reading.timestamp))
                row.delete()
    return made


def alert_end(*, alert: Alert, now: int) -> AlertTransition:
    """End an open alert without a reading: its rule is gone or switched off."""
    alert.ended_at = now
    alert.message = f"{alert.component} is not watched any more"
    alert.save()
    return transition_add(alert=alert, now=now)


def message_of(component: str, step: Transition, value: float, *, above: bool) -> str:
    """Return the alert's sentence in English; pages make their own from the fields, in the reader's language."""
    label = {"cpu": "CPU", "memory": "Memory", "disk": "Disk"}.get(component, component)
    if step.level == "":
        return f"{label} is back to {value:g} %"
    return f"{label} is {'above' if above else 'below'} {step.threshold:g} %: {value:g} %"
