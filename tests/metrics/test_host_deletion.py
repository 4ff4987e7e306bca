"""A host that is deleted: what fires on it ends for everybody who watches, and its alerts stay in the list."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metrics import alert_selectors, services
from metrics.models import Alert, AlertTransition, Channel, Delivery, Host, Maintenance, Rule, RuleState, Snapshot
from metrics.pipeline import Pipeline
from metrics.signals import now_ms
from metrics.silences import now_utc
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.pool import in_thread
from realtime.protocol import SubscribePayload
from tests.support.hub import join
from tests.support.program import Program
from tests.support.readings import make_reading
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)


def fire(**rule: Any) -> Host:
    """A host with a reading and an alert of each of two rules, of which one is for it alone."""
    Rule.objects.all().delete()
    host = services.host_ensure(name="a")
    values: dict[str, Any] = {"warning_raise": 70, "for_seconds": 0}
    Rule.objects.create(component="cpu", **values)
    Rule.objects.create(component="disk", host=host, **{**values, "warning_raise": 1})
    Pipeline("a").tick(make_reading(now_ms(), cpu=99.0))
    assert Alert.objects.filter(ended_at=None).count() == 2
    return host


def steps() -> list[tuple[str, str, str]]:
    rows = AlertTransition.objects.order_by("pk")
    return list(rows.values_list("alert__host_name", "alert__component", "state"))


def check_gone() -> None:
    assert not Host.objects.filter(name="a").exists() and not Snapshot.objects.exists()
    assert not Alert.objects.filter(ended_at=None).exists() and not RuleState.objects.exists()
    assert sorted(steps()[2:]) == [("a", "cpu", "recovered"), ("a", "disk", "recovered")]


def test_it_is_deleted_in_the_admin_and_its_alerts_end() -> None:
    host, page = fire(), Client()
    page.force_login(User.objects.create_superuser("ada"))
    asked = page.get(f"/admin/metrics/host/{host.pk}/delete/").content.decode()
    assert "a, with its readings, history, tokens" in asked and "Snapshot" not in asked
    assert page.post(f"/admin/metrics/host/{host.pk}/delete/", {"post": "yes"}).status_code == 302
    check_gone()


def test_several_are_deleted_together() -> None:
    host, page = fire(), Client()
    page.force_login(User.objects.create_superuser("ada"))
    chosen = {"action": "delete_selected", "_selected_action": [host.pk, services.host_ensure(name="b").pk]}
    page.post("/admin/metrics/host/", {**chosen, "post": "yes"})
    check_gone()
    assert not Host.objects.exists()


def test_an_administrator_deletes_it_over_http_and_nobody_else() -> None:
    fire()
    admin = Program("admin")
    assert admin("GET", "/hosts/a")[1]["level"] == "warning"
    assert Program("operator")("DELETE", "/hosts/a")[0] == 403
    assert admin("DELETE", "/hosts/a") == (204, None)
    check_gone()
    assert admin("GET", "/hosts/a")[0] == admin("DELETE", "/hosts/a")[0] == 404
    assert admin("DELETE", "/hosts/a%00b")[0] == 404


def test_its_alerts_stay_in_the_list_under_its_name() -> None:
    fire().delete()
    viewer = Program("viewer")
    found = viewer("GET", "/alerts?host=a")[1]["results"]
    assert {(one["host"], one["state"]) for one in found} == {("a", "recovered")} and len(found) == 2
    assert len(viewer("GET", f"/alerts/{found[0]['id']}")[1]["transitions"]) == 2
    assert viewer("GET", "/history?type=health&host=a")[1]["results"] == found


def test_people_who_were_told_of_the_trouble_are_told_that_it_is_over() -> None:
    Channel.objects.create(name="ops", secret="x", masked="x")
    fire().delete()
    told = Delivery.objects.filter(transition__state="recovered")
    assert sorted(told.values_list("alert__message", flat=True)) == [
        "CPU is not watched any more",
        "Disk is not watched any more",
    ]


def test_a_client_that_was_away_finds_the_end_in_the_log() -> None:
    host = fire()
    position = alert_selectors.health_position()
    host.delete()
    missed = alert_selectors.health_after(position, 10)
    assert [(event.name, event.host) for event in missed] == [("health_recovery", "a")] * 2


async def test_every_open_dashboard_sees_the_end() -> None:
    host = await in_thread(fire)
    hub = Hub(Limits())
    hub.start()
    await hub.feed.joined()
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, list(hub.topics.values()), SubscribePayload(types=["all"]), None)
    await in_thread(host.delete)
    await eventually_async(lambda: transport.events().count("health_recovery") == 2)
    await eventually_async(lambda: "config_changed" in transport.events())
    await hub.stop()
    assert transport.last("health_recovery")["alert"]["host"] == "a"


def test_a_notice_outlives_the_host_that_it_is_shown_on() -> None:
    now = now_utc()
    Maintenance.objects.create(text="Moving", starts_at=now, ends_at=now.replace(year=now.year + 1))
    alert = Alert.objects.get()
    assert alert.host is not None
    alert.host.delete()
    from metrics.maintenance import maintenance_apply

    maintenance_apply(now=now_ms())
    assert steps() == [("Presence", "maintenance", state) for state in ("firing", "recovered", "firing")]
    assert set(Alert.objects.values_list("message", flat=True)) == {"Moving"}
