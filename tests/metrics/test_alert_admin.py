"""The admin as people use it: pages that explain, actions that act, addresses that never come out again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metrics import alerting, services
from metrics.models import Alert, AlertTransition, Channel, Maintenance, Rule, Silence
from metrics.signals import now_ms
from tests.support.readings import make_reading
from tests.support.rules import no_rules

pytestmark = pytest.mark.django_db
ADMIN = "/admin/metrics"
CHANNEL = {"name": "ops", "address": "json://127.0.0.1:9/secretpath", "language": "en", "min_level": "warning"}
CHANNEL |= {"group_seconds": "0", "enabled": "on"}


@pytest.fixture
def page() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


def firing_alert() -> Alert:
    no_rules()
    rule = Rule.objects.create(component="cpu", warning_raise=70, for_seconds=0)
    reading = make_reading(now_ms(), cpu=99)
    services.snapshots_store(host=services.host_ensure(name="a"), readings=[reading])
    alerting.rules_judge(host=services.host_ensure(name="a"), reading=reading)
    return Alert.objects.get(rule=rule)


PAGES = ("rule", "alert", "host", "silence", "maintenance", "channel", "delivery")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_in_both_languages(page: Client, language: str) -> None:
    alert = firing_alert()
    for name in PAGES:
        assert page.get(f"{ADMIN}/{name}/", headers={"accept-language": language}).status_code == 200
    for path in (f"alert/{alert.pk}/change/", f"rule/{alert.rule_id}/change/", "silence/add/", "channel/add/"):
        assert page.get(f"{ADMIN}/{path}", headers={"accept-language": language}).status_code == 200


def test_the_test_on_the_last_hour_shows_when_it_would_have_fired(page: Client) -> None:
    rule = firing_alert().rule
    assert rule is not None
    answer = page.post(f"{ADMIN}/rule/", {"action": "test_selected", "_selected_action": [rule.pk]}, follow=True)
    text = answer.content.decode()
    assert "Fired 1 times. 1 values were looked at." in text and "99 %" in text and "still firing" in text
    assert page.get(f"{ADMIN}/rule/test/?rules=x,-1,999999999999999999999").status_code == 200


def test_a_rule_that_could_never_clear_is_explained(page: Client) -> None:
    form = {"component": "cpu", "comparison": "above", "warning_raise": "70", "warning_clear": "80"}
    form |= {"for_seconds": "0", "keep_firing_for_seconds": "0", "repeat_seconds": "0", "window_seconds": "0"}
    answer = page.post(f"{ADMIN}/rule/add/", form)
    assert "Must be at or below the value at which it is raised (70)" in answer.content.decode()


def test_rules_are_switched_off_together_and_their_alerts_end(page: Client) -> None:
    firing_alert()
    keys = list(Rule.objects.values_list("pk", flat=True))
    page.post(f"{ADMIN}/rule/", {"action": "disable_selected", "_selected_action": keys})
    assert not Rule.objects.filter(enabled=True).exists()
    assert not Alert.objects.filter(ended_at=None).exists()


def test_alerts_are_acknowledged_but_not_edited(page: Client) -> None:
    alert = firing_alert()
    page.post(f"{ADMIN}/alert/", {"action": "acknowledge", "_selected_action": [alert.pk]})
    alert.refresh_from_db()
    assert alert.acknowledged_by is not None and alert.acknowledged_by.username == "ada"
    assert page.post(f"{ADMIN}/alert/{alert.pk}/change/", {"level": "info"}).status_code == 403


def test_a_silence_is_made_with_boxes_and_dates(page: Client) -> None:
    form: dict[str, Any] = {"starts_at_0": "2026-01-01", "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": ""}
    form |= {"weekdays": ["5", "6"], "daily_start": "22:00", "daily_end": "06:00", "timezone": "Asia/Shanghai"}
    assert page.post(f"{ADMIN}/silence/add/", form).status_code == 302
    silence = Silence.objects.get()
    assert silence.weekdays == [5, 6] and silence.created_by is not None


def test_a_notice_is_shown_at_once(page: Client) -> None:
    form = {"text": "Moving", "starts_at_0": "2020-01-01", "starts_at_1": "00:00"}
    page.post(f"{ADMIN}/maintenance/add/", form | {"ends_at_0": "2090-01-01", "ends_at_1": "00:00"})
    assert Maintenance.objects.get().created_by is not None
    assert AlertTransition.objects.get().message == "Moving"


def test_an_address_goes_in_and_never_comes_out(page: Client) -> None:
    assert page.post(f"{ADMIN}/channel/add/", CHANNEL).status_code == 302
    channel = Channel.objects.get()
    assert channel.masked == "json://127.0.0.1:9/***" and "secretpath" not in channel.secret
    for path in ("channel/", f"channel/{channel.pk}/change/", f"channel/{channel.pk}/history/"):
        assert "secretpath" not in page.get(f"{ADMIN}/{path}").content.decode()
    page.post(f"{ADMIN}/channel/{channel.pk}/change/", {**CHANNEL, "address": "", "name": "new"})
    changed = Channel.objects.get()
    assert changed.name == "new" and changed.secret == channel.secret


def test_an_address_that_can_not_be_used_is_explained(page: Client) -> None:
    answer = page.post(f"{ADMIN}/channel/add/", {**CHANNEL, "address": "https://example.com/hook"})
    assert "For a webhook write json://" in answer.content.decode() and not Channel.objects.exists()


def test_a_test_says_how_it_went(page: Client) -> None:
    page.post(f"{ADMIN}/channel/add/", CHANNEL)
    key = Channel.objects.get().pk
    answer = page.post(f"{ADMIN}/channel/", {"action": "test_selected", "_selected_action": [key]}, follow=True)
    text = answer.content.decode()
    assert "errorlist" in text or 'class="error"' in text
    assert "secretpath" not in text and Channel.objects.get().last_error
