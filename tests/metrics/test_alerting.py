"""Judging with the database: any number of judges, restarts and edits, and each trouble is told once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase

from metrics import alerting
from metrics.alerts import State, judge
from metrics.models import PRESENCE_SERVICE, Alert, AlertTransition, Host, Rule, RuleState, Snapshot
from metrics.pipeline import Pipeline
from metrics.rulebook import thresholds_of
from metrics.watch import Watch
from tests.support.examples import examples
from tests.support.readings import NOON, make_reading


def make_rule(**values: Any) -> Rule:
    Rule.objects.all().delete()
    return Rule.objects.create(**{"component": "cpu", "warning_raise": 70, "for_seconds": 0, **values})


def steps() -> list[tuple[str, str]]:
    return list(AlertTransition.objects.order_by("pk").values_list("state", "level"))


@pytest.fixture
def host(transactional_db: None) -> Host:
    return Host.objects.create(name="a")


def test_of_two_judges_of_one_state_one_writes(host: Host) -> None:
    rule = make_rule()
    for seen in (None, "row"):
        row = RuleState.objects.first() if seen else None
        value = 99.0 if row is None else 10.0
        state, step = judge(thresholds_of(rule), alerting._state_of(row), value, NOON)
        for _ in range(2):
            alerting.state_commit(rule=rule, host=host, row=row, state=state, step=step, now=NOON, value=value)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]


@pytest.mark.parametrize("edit", [{"enabled": False}, {"component": "memory"}])
def test_a_judge_that_is_late_does_not_raise_by_a_rule_that_was_edited_meanwhile(
    host: Host, edit: dict[str, Any]
) -> None:
    rule = make_rule()
    state, step = judge(thresholds_of(rule), State(), 99, NOON)
    Rule.objects.filter(pk=rule.pk).update(**edit)
    assert not alerting.state_commit(rule=rule, host=host, row=None, state=state, step=step, now=NOON, value=99)
    assert Alert.objects.count() == 0 and RuleState.objects.count() == 0


def test_a_judge_that_is_late_does_not_raise_by_a_rule_that_is_gone(host: Host) -> None:
    rule = make_rule()
    state, step = judge(thresholds_of(rule), State(), 99, NOON)
    Rule.objects.filter(pk=rule.pk).delete()
    assert not alerting.state_commit(rule=rule, host=host, row=None, state=state, step=step, now=NOON, value=99)


def test_a_rule_that_watches_something_else_now_ends_its_alert_at_once(host: Host) -> None:
    rule = make_rule()
    alerting.rules_judge(host=host, reading=make_reading(NOON, cpu=99))
    rule.component = "memory"
    rule.save()
    assert steps() == [("firing", "warning"), ("recovered", "warning")]


def test_an_edit_of_the_thresholds_keeps_the_alert(host: Host) -> None:
    rule = make_rule()
    alerting.rules_judge(host=host, reading=make_reading(NOON, cpu=99))
    rule.warning_raise = 80
    rule.save()
    alerting.rules_judge(host=host, reading=make_reading(NOON + 1000, cpu=85))
    assert steps() == [("firing", "warning")]
    alerting.rules_judge(host=host, reading=make_reading(NOON + 2000, cpu=75))
    assert steps()[-1] == ("recovered", "warning")


def test_rules_of_every_component_judge_a_reading(host: Host) -> None:
    Rule.objects.all().delete()
    for component, limit in (("swap", 50), ("load", 2), ("process_memory", 2)):
        Rule.objects.create(component=component, warning_raise=limit, for_seconds=0)
    busy: dict[str, Any] = {
        "swap_usage": 60.0,
        "load1": 9.0,
        "cpu_per_core": [1.0, 1.0],
        "process_memory": 2_500_000_000,
    }
    alerting.rules_judge(host=host, reading=make_reading(NOON, **busy))
    assert set(Alert.objects.values_list("message", flat=True)) == {
        "Swap is above 50 %: 60 %",
        "Load per core is above 2: 4.5",
        "Process memory is above 2 GB: 2.5 GB",
    }


def test_a_window_is_judged_by_its_average_and_survives_a_restart(host: Host) -> None:
    make_rule(window_seconds=60)
    pipeline = Pipeline("a")
    for second in range(50):
        pipeline.tick(make_reading(NOON + second * 1000, cpu=100.0 if second % 2 else 50.0))
    assert steps() == [("firing", "warning")]
    pipeline = Pipeline("a")
    for second in range(50, 52):
        pipeline.tick(make_reading(NOON + second * 1000, cpu=10.0))
    assert steps() == [("firing", "warning")] and Snapshot.objects.count() == 52


# --- hosts and measures ---


def test_a_host_that_falls_silent_is_told_once_and_its_return_once(host: Host) -> None:
    make_rule(component="host", warning_raise=30, critical_raise=120)
    Host.objects.update(last_seen=NOON)
    watches = [Watch(), Watch()]
    for second in range(0, 200, 5):
        for watch in watches:
            watch.step(NOON + second * 1000)
    Host.objects.update(last_seen=NOON + 200_000)
    for watch in watches:
        watch.step(NOON + 200_000)
    assert steps() == [("firing", "warning"), ("firing", "critical"), ("recovered", "critical")]
    assert Alert.objects.get().message == "Host is back online"


def test_after_the_monitors_own_downtime_nobody_is_called_offline_within_the_grace(host: Host) -> None:
    make_rule(component="host", warning_raise=30)
    Host.objects.update(last_seen=NOON - 3_600_000)
    watch = Watch(grace_until=NOON + 30_000)
    for second in range(0, 28, 2):
        watch.step(NOON + second * 1000)
    Host.objects.update(last_seen=NOON + 29_000)
    watch.step(NOON + 31_000)
    assert steps() == []


def test_a_host_whose_clock_is_wrong_is_not_offline_while_it_is_heard(host: Host) -> None:
    make_rule(component="host", warning_raise=30)
    watch = Watch(grace_until=NOON + 5_000)
    for second in range(0, 120, 5):
        Host.objects.update(last_seen=NOON + second * 1000 - 300_000)
        watch.step(NOON + second * 1000)
    assert steps() == []


def test_a_service_is_never_offline(host: Host) -> None:
    make_rule(component="host", warning_raise=30)
    Host.objects.update(last_seen=NOON, kind=Host.Kind.SERVICE)
    Watch().step(NOON + 3_600_000)
    assert steps() == []


def test_a_measure_is_judged_for_the_installation(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make_rule(component="connections", warning_raise=8000)
    values = iter([7999.0, 8001.0, None, 10.0])
    monkeypatch.setattr("metrics.watch.measure", lambda component, now, window: next(values))
    watch = Watch()
    for second in range(0, 20, 5):
        watch.step(NOON + second * 1000)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]
    assert Alert.objects.get().host_name == PRESENCE_SERVICE


# --- the promise ---

actions = st.one_of(
    st.tuples(st.just("read"), st.sampled_from([10.0, 65.0, 75.0, 85.0, 99.0, float("nan")]), st.integers(0, 3)),
    st.tuples(st.just("edit"), st.sampled_from(["raise", "disable", "enable", "component", "back", "delete", "add"])),
    st.tuples(st.just("restart"), st.booleans()),
)


class EveryHistory(TransactionTestCase):
    """Whatever happens, firing and recovery take turns, and nothing is lost."""

    @settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(actions, max_size=25), st.integers(0, 2), st.integers(0, 2))
    def test_no_history_yields_two_firings_without_a_recovery_or_a_lost_one(
        self, history: list[Any], wait: int, keep: int
    ) -> None:
        life = Life(wait, keep)
        for action, *arguments in history:
            getattr(life, action)(*arguments)
        life.check()
        life.calm_down()
        life.check()
        assert not Alert.objects.filter(ended_at=None).exists()


class Life:
    """One rule, one host and two detectors that both judge every reading."""

    def __init__(self, wait: int, keep: int) -> None:
        Rule.objects.all().delete()
        self.values: dict[str, Any] = {
            "component": "cpu",
            "warning_raise": 70,
            "warning_clear": 60,
            "critical_raise": 90,
            "critical_clear": 80,
            "for_seconds": wait,
            "keep_firing_for_seconds": keep,
        }
        self.rule: Rule | None = Rule.objects.create(**self.values)
        self.now = NOON
        self.pipelines = [Pipeline("a"), Pipeline("a")]

    def read(self, cpu: float, seconds: int) -> None:
        for pipeline in self.pipelines:
            self.now += 1 + seconds * 1000
            pipeline.tick(make_reading(self.now, cpu=cpu if cpu == cpu else 0.0, memory_usage=cpu if cpu == cpu else 0))

    def restart(self, grace: bool) -> None:
        self.pipelines[0] = Pipeline("a", grace_until=self.now + 2_000 if grace else 0)

    def edit(self, kind: str) -> None:
        if kind == "add" and self.rule is None:
            self.rule = Rule.objects.create(**self.values)
        if self.rule is None:
            return
        if kind == "delete":
            self.rule.delete()
            self.rule = None
            return
        changes: dict[str, tuple[str, Any]] = {
            "raise": ("warning_raise", 80),
            "disable": ("enabled", False),
            "enable": ("enabled", True),
        }
        changes |= {"component": ("component", "memory"), "back": ("component", "cpu")}
        if kind in changes:
            setattr(self.rule, *changes[kind])
            self.rule.save()

    def calm_down(self) -> None:
        for _ in range(6):
            self.read(10.0, 1)

    def check(self) -> None:
        """The log of each alert begins with firing, changes with every step, ends with its one recovery."""
        assert Alert.objects.filter(ended_at=None).count() <= 1
        for alert in Alert.objects.all():
            log = list(alert.transitions.order_by("pk").values_list("state", "level"))
            assert log[0][0] == "firing"
            assert [state for state, _ in log].count("recovered") == (alert.ended_at is not None)
            assert alert.ended_at is None or log[-1][0] == "recovered"
            assert all(before != after for before, after in itertools.pairwise(log))
