"""Writes: rules judged, alerts raised and ended.

Any number of detectors may judge the same rule and host at once. Each reads the state, judges, and writes over exactly
the version it read: one succeeds, the others find that they lost and judge the next reading. Nobody waits for a lease.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.db import IntegrityError, connection, transaction

from metrics import alert_selectors
from metrics.alert_text import message_not_watched, message_of
from metrics.alerts import RANK, State, Transition, calm, judge
from metrics.components import MAINTENANCE, values_of
from metrics.messages import SystemStatus
from metrics.models import Alert, AlertTransition, Host, Rule, RuleState
from metrics.notify.outbox import deliveries_plan
from metrics.rulebook import Rulebook, longest_windows
from metrics.standing import rules_and_states
from metrics.windows import Windows

TRANSITION_LOCK = 0x5052_4553  # any number of our own; the same in every process

STEP_FIELDS = ("level", "peak_level", "message", "threshold", "current_value", "ended_at")
"""What a transition changes of an alert."""
ValueOf = Callable[[Rule], float | None]


def rules_judge(
    *, host: Host, reading: SystemStatus, grace: bool = False, windows: Windows | None = None
) -> list[AlertTransition]:
    """Judge one reading against every enabled rule of its host; return the transitions, which are rows by then.

    State and transition are written together, so a crash leaves both or none.

    Args:
        windows: the host's past readings, which this adds to; None judges rules with a window by the reading alone.
    """
    book, states = rules_and_states(host)
    rules, values = book.of_readings(host.pk), values_of(reading)
    if windows is not None:
        _windows_extend(windows, host, rules, values, reading.timestamp)

    def value_of(rule: Rule) -> float | None:
        if windows is None or not rule.window_seconds:
            return values[rule.component]
        return windows.average(rule.component, rule.window_seconds * 1000, reading.timestamp)

    now = reading.timestamp
    made = host_judge(book=book, host=host, rules=rules, states=states, value_of=value_of, now=now, grace=grace)
    return made + _orphans_close(book.ids, states.values(), reading.timestamp)


def _windows_extend(
    windows: Windows, host: Host, rules: Iterable[Rule], values: dict[str, float | None], now: int
) -> None:
    lengths = longest_windows(rules)
    if new := windows.misses(lengths):
        start = now - max(lengths[component] for component in new)
        windows.fill(new, alert_selectors.readings_between(host=host, start=start, end=now))
    windows.add(now, values, lengths)


def host_judge(
    *,
    book: Rulebook,
    host: Host,
    rules: Iterable[Rule],
    states: dict[int, RuleState],
    value_of: ValueOf,
    now: int,
    grace: bool,
) -> list[AlertTransition]:
    """Judge the values of one host by some rules of a book, from the given states; return the transitions."""
    made = []
    for rule in rules:
        row, thresholds, value = states.get(rule.pk), book.thresholds(rule), value_of(rule)
        if _at_rest(row) and calm(thresholds, value):
            continue
        before = _state_of(row)
        after, step = judge(thresholds, before, value, now, grace=grace)
        if after != before:
            made += state_commit(rule=rule, host=host, row=row, state=after, step=step, now=now, value=value)
    return made


class transaction_for_transitions(transaction.Atomic):
    """A transaction that inserts transitions.

    PostgreSQL hands out ids before it commits them, so a reader at 2 could miss 1 for ever: writers take turns.
    """

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __enter__(self) -> None:
        super().__enter__()
        transitions_lock()


def transitions_lock() -> None:
    """Wait for the turn to insert transitions; it lasts until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TRANSITION_LOCK])


def _at_rest(row: RuleState | None) -> bool:
    if row is None:
        return True
    marks = (row.pending_since, row.clearing_since, row.missing_since)
    return not (row.level or row.pending_level or row.no_data) and all(mark is None for mark in marks)


def _state_of(row: RuleState | None) -> State:
    if row is None:
        return State()
    return State(
        row.level,
        row.pending_level,
        row.pending_since,
        row.clearing_since,
        row.missing_since,
        row.no_data,
        tuple(row.raised_at),
    )


def state_commit(
    *,
    rule: Rule,
    host: Host,
    row: RuleState | None,
    state: State,
    step: Transition | None,
    now: int,
    value: float | None,
) -> list[AlertTransition]:
    """Write a state over the one that was read, with its transition.

    Nothing is written, and nothing returned, when another judge was first or the rule is gone or watches something
    else by now.
    """
    with transaction_for_transitions() if step is not None else transaction.atomic():
        if not _still_in_force(rule):
            return []
        claimed = _state_claim(rule, host, row, state)
        if claimed is None or step is None:
            return []
        return [_alert_step(rule, host, claimed, step, now, value)]


def _still_in_force(rule: Rule) -> bool:
    # Locked, so that an edit either came before or finds what is written here.
    same = Rule.objects.order_by().filter(pk=rule.pk, enabled=True, component=rule.component)
    return rule.host_id in same.select_for_update(no_key=True).values_list("host_id", flat=True)


def _state_claim(rule: Rule, host: Host, row: RuleState | None, state: State) -> RuleState | None:
    values = {
        "level": state.level,
        "pending_level": state.pending_level,
        "pending_since": state.pending_since,
        "clearing_since": state.clearing_since,
        "missing_since": state.missing_since,
        "no_data": state.no_data,
        "raised_at": list(state.raised_at),
    }
    if row is None:
        try:
            with transaction.atomic():
                return RuleState.objects.create(rule=rule, host=host, **values)
        except IntegrityError:
            if RuleState.objects.filter(rule=rule, host=host).exists():
                return None
            raise
    written = RuleState.objects.filter(pk=row.pk, version=row.version).update(version=row.version + 1, **values)
    return row if written else None


def _alert_step(
    rule: Rule, host: Host, row: RuleState, step: Transition, now: int, value: float | None
) -> AlertTransition:
    alert = row.alert or Alert(rule=rule, host=host, component=rule.component, started_at=now)
    recovered = step.level == ""
    alert.level = step.before if recovered else step.level
    alert.peak_level = max(alert.peak_level, alert.level, key=lambda level: RANK[level])
    alert.message = message_of(rule.component, step, value, above=rule.comparison == "above")
    alert.threshold, alert.current_value = step.threshold, 0.0 if value is None else value
    alert.ended_at = now if recovered else None
    # not all of it: somebody may be acknowledging it at this moment
    alert.save(update_fields=STEP_FIELDS if alert.pk else None)
    RuleState.objects.filter(pk=row.pk).update(alert=None if recovered else alert)
    return transition_add(alert=alert, now=now)


def transition_add(*, alert: Alert, now: int) -> AlertTransition:
    """Append the alert as it stands to the ordered log that every browser reads, and to the outbox."""
    transition = AlertTransition.objects.create(
        alert=alert,
        state="firing" if alert.ended_at is None else "recovered",
        level=alert.level,
        message=alert.message,
        threshold=alert.threshold,
        current_value=alert.current_value,
        timestamp=now,
    )
    deliveries_plan(transition=transition, now=now)
    return transition


def _orphans_close(judged: Collection[int], states: Iterable[RuleState], now: int) -> list[AlertTransition]:
    """End what a rule left firing that was disabled behind our back, by SQL for instance."""
    made = []
    for row in states:
        if row.rule_id not in judged and (row.level or row.pending_level):
            with transaction_for_transitions():
                if RuleState.objects.filter(pk=row.pk, version=row.version).delete()[0] and row.alert is not None:
                    made.append(alert_end(alert=row.alert, now=now))
    return made


def rule_edited(*, rule: Rule, now: int) -> list[AlertTransition]:
    """End the alerts of a rule that was switched off or watches something else now; return the transitions."""
    open_alerts = Alert.objects.filter(rule=rule, ended_at=None)
    if not rule.enabled:
        return rule_states_reset(rule=rule, now=now)
    elsewhere = open_alerts.exclude(component=rule.component)
    if rule.host_id is not None:
        elsewhere = elsewhere | open_alerts.exclude(host=rule.host_id)
    return rule_states_reset(rule=rule, now=now) if elsewhere.exists() else []


def rule_states_reset(*, rule: Rule, now: int) -> list[AlertTransition]:
    """End what a rule left firing and forget where it stands; within the transaction of its edit or deletion."""
    with transaction_for_transitions():
        Rule.objects.order_by("pk").filter(pk=rule.pk).select_for_update().values_list("pk").first()
        RuleState.objects.filter(rule=rule).delete()
        return [alert_end(alert=alert, now=now) for alert in Alert.objects.filter(rule=rule, ended_at=None)]


def host_leave(*, host: Host, now: int) -> list[AlertTransition]:
    """End what fires on a host that is being deleted, within the transaction of its deletion; return the transitions.

    The locks are taken in the order in which a judge takes them. With the host's own, no detector stores a reading that
    would be left without a host.
    """
    with transaction_for_transitions():
        list(Rule.objects.order_by("pk").filter(host=host).select_for_update().values_list("pk"))
        list(Host.objects.order_by("pk").filter(pk=host.pk).select_for_update().values_list("pk"))
        RuleState.objects.filter(host=host).delete()
        return [_leave(alert, now) for alert in Alert.objects.filter(host=host, ended_at=None).order_by("pk")]


def _leave(alert: Alert, now: int) -> AlertTransition:
    written = alert.component == MAINTENANCE  # by a person: it stays as it is
    return alert_end(alert=alert, now=now, message=alert.message if written else None)


def alert_end(*, alert: Alert, now: int, message: str | None = None) -> AlertTransition:
    """End an open alert without a reading: its rule is gone, switched off or watches something else."""
    alert.ended_at = now
    alert.message = message_not_watched(alert.component) if message is None else message
    alert.save(update_fields=["ended_at", "message"])
    return transition_add(alert=alert, now=now)
