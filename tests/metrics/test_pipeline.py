"""A tick: stored, detected, judged, published; and what happens when the database does not take it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from metrics import alert_selectors, services
from metrics import pipeline as pipeline_module
from metrics.models import Alert, AlertTransition, Host, ProcessSample, Rule, RuleState, Snapshot
from metrics.pipeline import Pipeline
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.pool import in_thread
from realtime.protocol import SubscribePayload
from tests.support.hub import join
from tests.support.layer import listening
from tests.support.readings import NOON, make_reading
from tests.support.rules import no_rules
from tests.support.schema import validate
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> list[str]:
    """What the pipeline warned of."""
    return []


@pytest.fixture
def pipeline(told: list[str]) -> Pipeline:
    no_rules()
    return Pipeline("a", warn=told.append)


def make_rule(**values: Any) -> Rule:
    return Rule.objects.create(**{"component": "cpu", "warning_raise": 70, "for_seconds": 0, **values})


def run(pipeline: Pipeline, *cpus: float, start: int = 0) -> None:
    """One tick a second with these values of the CPU."""
    for second, cpu in enumerate(cpus, start):
        pipeline.tick(make_reading(NOON + second * 1000, cpu=cpu))


@contextmanager
def refusing_database() -> Iterator[None]:
    """A database that really refuses to write, as a full disk or a standby does."""
    sqlite = connection.vendor == "sqlite"
    off, on = ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
    if not sqlite:
        off, on = ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    with connection.cursor() as cursor:
        cursor.execute(off)
    yield
    with connection.cursor() as cursor:
        cursor.execute(on)


def stored() -> list[int]:
    """The seconds that are in the database."""
    return [
        (moment - NOON) // 1000 for moment in Snapshot.objects.order_by("timestamp").values_list("timestamp", flat=True)
    ]


def steps() -> list[tuple[str, str]]:
    return list(AlertTransition.objects.order_by("pk").values_list("state", "level"))


def test_a_tick_stores_and_says_what_it_did(pipeline: Pipeline) -> None:
    first = pipeline.tick(make_reading(NOON))
    second = pipeline.tick(make_reading(NOON + 1000, cpu=11.0))
    assert [change.field for change in first.changes] == ["all"]
    assert [change.field for change in second.changes] == ["cpuUsage"]
    assert (first.stored, second.stored, second.transitions) == (1, 1, 0)
    assert stored() == [0, 1] and Host.objects.get(name="a").last_seen == NOON + 1000


def test_a_host_whose_clock_was_far_ahead_is_seen_again_once_it_is_right(pipeline: Pipeline) -> None:
    now = time.time_ns() // 1_000_000
    for moment in (now + 3_600_000, now, now - 30_000):
        pipeline.tick(make_reading(moment))
    assert Host.objects.get().last_seen == now and Snapshot.objects.count() == 3


def test_processes_are_kept_when_they_come_with_a_reading(pipeline: Pipeline) -> None:
    from metrics.messages import Process

    pipeline.tick(make_reading(NOON, processes=[Process(1, "init", 0.5, 1000)]))
    pipeline.tick(make_reading(NOON + 1000))
    assert ProcessSample.objects.get().processes == [{"pid": 1, "name": "init", "cpu": 0.5, "memory": 1000}]


def test_crossing_a_threshold_opens_an_alert_and_coming_back_ends_it(pipeline: Pipeline) -> None:
    make_rule(warning_clear=60)
    run(pipeline, 50, 75, 65, 60, 50)
    alert = Alert.objects.get()
    assert (alert.started_at, alert.ended_at) == (NOON + 1000, NOON + 3000)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]
    assert alert.message == "CPU is back to 60 %"


def test_one_trouble_is_one_alert_however_it_changes(pipeline: Pipeline) -> None:
    make_rule(critical_raise=90)
    run(pipeline, 75, 95, 80, 50)
    assert Alert.objects.count() == 1
    assert steps() == [("firing", "warning"), ("firing", "critical"), ("firing", "warning"), ("recovered", "warning")]


def test_a_second_trouble_is_a_second_alert(pipeline: Pipeline) -> None:
    make_rule()
    run(pipeline, 75, 50, 75)
    assert Alert.objects.count() == 2 and Alert.objects.filter(ended_at=None).count() == 1


def test_a_restart_neither_repeats_nor_forgets(pipeline: Pipeline) -> None:
    make_rule()
    run(pipeline, 75, 75)
    run(Pipeline("a"), 75, 50, start=2)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]


def test_the_grace_after_a_start_raises_nothing(told: list[str]) -> None:
    make_rule()
    run(Pipeline("a", grace_until=NOON + 3000, warn=told.append), 99, 99, 99, 99)
    assert AlertTransition.objects.get().timestamp == NOON + 3000


def test_a_rule_of_another_host_does_not_judge_this_one(pipeline: Pipeline) -> None:
    make_rule(host=services.host_ensure(name="b"))
    run(pipeline, 99)
    assert steps() == []


def test_a_rule_that_is_switched_off_ends_its_alert(pipeline: Pipeline) -> None:
    rule = make_rule()
    run(pipeline, 99)
    rule.enabled = False
    rule.save()
    run(pipeline, 99, 99, start=1)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]
    assert RuleState.objects.count() == 0 and Alert.objects.get().message == "CPU is not watched any more"


def test_a_rule_that_is_deleted_ends_its_alert(pipeline: Pipeline) -> None:
    rule = make_rule()
    run(pipeline, 99)
    rule.delete()
    run(pipeline, 99, start=1)
    assert steps() == [("firing", "warning"), ("recovered", "warning")]
    assert Alert.objects.get().rule is None


def test_a_locked_database_keeps_the_readings_and_warns_once(pipeline: Pipeline, told: list[str]) -> None:
    run(pipeline, 10)
    with refusing_database():
        run(pipeline, 10, 10, 10, start=1)
        assert stored() == [0] and len(told) == 1
    run(pipeline, 10, start=4)
    assert stored() == [0, 1, 2, 3, 4] and len(told) == 1


def test_the_end_of_the_trouble_is_told_and_the_next_trouble_is_told_again(
    pipeline: Pipeline, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "metrics.pipeline")
    for start in (0, 10):
        with refusing_database():
            run(pipeline, 10, 10, start=start)
        run(pipeline, 10, start=start + 2)
    assert len(told) == 2
    assert [record.message for record in caplog.records] == [
        "The database takes readings again; 3 that were kept are stored."
    ] * 2


def test_a_database_that_fails_from_the_start_loses_nothing(pipeline: Pipeline) -> None:
    with refusing_database():
        run(pipeline, 10, 20)
    run(pipeline, 30, start=2)
    assert stored() == [0, 1, 2]


def test_what_was_kept_is_stored_at_the_end(pipeline: Pipeline, told: list[str]) -> None:
    with refusing_database():
        run(pipeline, 10, 20)
        assert pipeline.flush() == 2 and len(told) == 2
    assert pipeline.flush() == 0 and stored() == [0, 1]


def test_a_long_trouble_keeps_an_hour(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert pipeline_module.BACKLOG == 3_600
    monkeypatch.setattr(pipeline_module, "BACKLOG", 60)
    pipeline = Pipeline("a", warn=told.append)
    with refusing_database():
        run(pipeline, *[10.0] * 65)
    pipeline.flush()
    assert stored() == list(range(5, 65))


def test_a_host_that_is_deleted_while_it_is_watched_comes_back(pipeline: Pipeline, told: list[str]) -> None:
    make_rule()
    run(pipeline, 10, 10)
    Host.objects.all().delete()
    run(pipeline, 10, 10, 99, start=2)
    assert stored() == [2, 3, 4] and Host.objects.get().name == "a" and told == []
    assert steps() == [("firing", "warning")]


async def test_every_tick_is_heard_with_its_changes_and_priority(pipeline: Pipeline) -> None:
    async with listening("status") as heard:
        await in_thread(run, pipeline, 10, 10, 85)
        events = [json.loads(e.data) for e in await heard(3)]
    assert [len(event["changes"]) for event in events] == [1, 0, 1]
    assert events[0]["changes"][0]["oldValue"] is None
    assert events[2]["changes"] == [{"field": "cpuUsage", "oldValue": 10, "newValue": 85, "delta": 75}]
    assert [event["timestamp"] for event in events] == [NOON, NOON + 1000, NOON + 2000]


async def test_readings_and_alerts_reach_a_socket_through_the_hub(pipeline: Pipeline) -> None:
    await in_thread(make_rule)
    hub = Hub(Limits())
    hub.start()
    await hub.feed.joined()
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, list(hub.topics.values()), SubscribePayload(types=["all"]), None)
    await in_thread(run, pipeline, 10, 99, 10)
    await eventually_async(lambda: "health_recovery" in transport.events())
    await eventually_async(lambda: transport.last("status_update")["timestamp"] == NOON + 2000)
    await hub.stop()
    assert transport.events().count("health_alert") == transport.events().count("health_recovery") == 1
    for message in transport.sent:
        validate(message)


async def test_the_live_value_goes_out_although_the_database_refuses(pipeline: Pipeline) -> None:
    def trouble() -> None:
        with refusing_database():
            run(pipeline, 10, 20)

    async with listening("status") as heard:
        await in_thread(trouble)
        assert [json.loads(e.data)["status"]["cpuUsage"] for e in await heard(2)] == [10, 20]


async def test_an_alert_is_a_row_before_it_is_a_hint_and_each_tick_says_how_far_the_rows_go(pipeline: Pipeline) -> None:
    async with listening("status", "health") as heard:
        await in_thread(make_rule)
        await in_thread(run, pipeline, 10, 99, 99)
        await heard(3)
        hint = next(message for message in heard.messages if message["type"] == "hub.hint")
        marks = [message["marks"]["health"] for message in heard.messages if message["type"] == "hub.event"]
    newest = await in_thread(alert_selectors.health_position)
    assert hint["topic"] == "health" and hint["position"] == newest
    assert marks[-1] == newest > marks[0]


def test_health_events_come_in_order_from_the_rows(pipeline: Pipeline) -> None:
    make_rule()
    run(pipeline, 99, 50, 99)
    first = AlertTransition.objects.order_by("pk")[0].pk
    events = alert_selectors.health_after(0, 10)
    assert [event.name for event in events] == ["health_alert", "health_recovery", "health_alert"]
    assert [event.position for event in alert_selectors.health_after(first, 10)] == [e.position for e in events[1:]]
    assert alert_selectors.health_recent(2) == events[1:] and alert_selectors.health_position() == events[-1].position
    assert (events[0].severity, events[0].component, events[0].host) == ("warning", "cpu", "a")


def test_an_alert_on_the_wire_says_everything(pipeline: Pipeline) -> None:
    rule = make_rule()
    run(pipeline, 99)
    alert = json.loads(alert_selectors.health_after(0, 1)[0].data)["alert"]
    assert alert == {
        "id": Alert.objects.get().pk,
        "host": "a",
        "state": "firing",
        "level": "warning",
        "component": "cpu",
        "message": "CPU is above 70 %: 99 %",
        "threshold": 70,
        "currentValue": 99,
        "timestamp": NOON,
        "startedAt": NOON,
        "endedAt": None,
        "details": {"comparison": "above", "ruleId": rule.pk},
    }
