"""Rules, alerts, silences and notices over HTTP: who may, what is refused, what follows."""

from __future__ import annotations

from typing import Any

import pytest

from metrics import alerting, services
from metrics.models import Alert, AlertTransition, Host, Maintenance, Rule, Silence
from metrics.signals import now_ms
from tests.support.program import Program as Api
from tests.support.readings import make_reading
from tests.support.rules import no_rules

pytestmark = pytest.mark.django_db

RULE: dict[str, Any] = {"component": "cpu", "warning_raise": 70, "warning_clear": 60, "for_seconds": 0}


@pytest.fixture(autouse=True)
def _no_rules(db: None) -> None:
    no_rules()


@pytest.fixture
def admin() -> Api:
    return Api("admin")


@pytest.fixture
def operator() -> Api:
    return Api("operator")


@pytest.fixture
def viewer() -> Api:
    return Api("viewer")


def firing_alert(cpu: float = 99.0) -> Alert:
    Rule.objects.create(**RULE)
    host = services.host_ensure(name="a")
    alerting.rules_judge(host=host, reading=make_reading(now_ms(), cpu=cpu))
    return Alert.objects.get()


# --- rules ---


def test_an_administrator_makes_reads_edits_and_deletes_a_rule(admin: Api) -> None:
    services.host_ensure(name="a")
    code, made = admin("POST", "/rules", {**RULE, "host": "a", "repeat_seconds": 600})
    assert code == 201 and made["host"] == "a" and made["critical_raise"] is None
    assert admin("GET", f"/rules/{made['id']}") == (200, made)
    code, edited = admin("PATCH", f"/rules/{made['id']}", {"warning_raise": 80})
    assert code == 200 and edited == {**made, "warning_raise": 80.0}
    assert admin("PUT", f"/rules/{made['id']}", RULE)[1]["host"] is None
    assert admin("GET", "/rules")[1]["results"][0]["id"] == made["id"]
    assert admin("DELETE", f"/rules/{made['id']}")[0] == 204 and admin("GET", f"/rules/{made['id']}")[0] == 404


@pytest.mark.parametrize("role", ["viewer", "operator", "analyst"])
def test_others_read_rules_and_change_none(role: str) -> None:
    api = Api(role)
    rule = Rule.objects.create(**RULE)
    assert api("GET", "/rules")[0] == api("GET", f"/rules/{rule.pk}")[0] == 200
    assert api("POST", "/rules", RULE)[0] == api("PATCH", f"/rules/{rule.pk}", {"enabled": False})[0] == 403
    assert api("DELETE", f"/rules/{rule.pk}")[0] == 403 and Rule.objects.get().enabled


BAD_RULES: list[Any] = [
    {**RULE, "warning_clear": 71},
    {**RULE, "comparison": "below", "warning_clear": 69},
    {**RULE, "warning_raise": None},
    {**RULE, "warning_raise": None, "warning_clear": None},
    {**RULE, "critical_raise": 60},
    {**RULE, "critical_clear": 60},
    {**RULE, "warning_raise": "nan"},
    {**RULE, "warning_raise": "inf"},
    {**RULE, "warning_raise": 10**400},
    {**RULE, "warning_raise": [1]},
    {**RULE, "component": "gpu"},
    {**RULE, "component": None},
    {**RULE, "comparison": "beside"},
    {**RULE, "host": "nobody"},
    {**RULE, "host": ["a"]},
    {**RULE, "host": "a\u0000b"},
    {**RULE, "for_seconds": -1},
    {**RULE, "for_seconds": 10**12},
    {**RULE, "window_seconds": 3601},
    {**RULE, "repeat_seconds": 1.5},
    {**RULE, "enabled": "perhaps"},
    {},
    [],
    None,
    '{"component": "cpu", "warning_raise": NaN}',
    '{"component": "cpu", "warning_raise": Infinity}',
    '{"component": "cpu", "warning_raise": 1e999, "warning_clear": 1}',
    "{",
    "[" * 2000,
]


@pytest.mark.parametrize("body", BAD_RULES, ids=lambda body: str(body)[:60])
def test_a_rule_that_makes_no_sense_is_refused_and_not_stored(admin: Api, body: Any) -> None:
    code, answer = admin("POST", "/rules", "null" if body is None else body)
    assert code == 400 and set(answer) == {"error"} and answer["error"]["message"]
    assert Rule.objects.count() == 0


def test_a_refusal_names_the_field_and_says_what_to_change(admin: Api) -> None:
    error = admin("POST", "/rules", {**RULE, "warning_clear": 71})[1]["error"]
    assert error["details"].keys() == {"warning_clear"} and "at or below" in error["message"]


def test_an_edit_is_judged_as_a_whole(admin: Api) -> None:
    rule = Rule.objects.create(**RULE)
    assert admin("PATCH", f"/rules/{rule.pk}", {"warning_raise": 50})[0] == 400
    assert admin("PATCH", f"/rules/{rule.pk}", {"warning_raise": 50, "warning_clear": 40})[0] == 200


def test_a_rule_can_be_tried_on_the_past(operator: Api, viewer: Api) -> None:
    rule = Rule.objects.create(**RULE)
    host, now = services.host_ensure(name="a"), now_ms()
    cpus = [10.0, 80.0, 80.0, 50.0, 90.0]
    readings = [make_reading(now - 10_000 + n * 1000, cpu=cpu) for n, cpu in enumerate(cpus)]
    services.snapshots_store(host=host, readings=readings)
    code, found = operator("POST", f"/rules/{rule.pk}/test", {})
    assert code == 200 and found["samples"] == 5 and found["hosts"] == ["a"]
    assert [(one["level"], one["to"] is None) for one in found["firings"]] == [("warning", False), ("warning", True)]
    assert found["firings"][0]["from"] == now - 9_000 and found["firings"][0]["to"] == now - 7_000
    assert Alert.objects.count() == 0
    assert operator("POST", f"/rules/{rule.pk}/test", {"hours": 25})[0] == 400
    assert viewer("POST", f"/rules/{rule.pk}/test", {})[0] == 403


def test_a_silent_host_is_found_in_the_past(operator: Api) -> None:
    rule = Rule.objects.create(component="host", warning_raise=30, for_seconds=0)
    now = now_ms()
    readings = [make_reading(now - second * 1000) for second in (300, 299, 298, 200, 199, 1)]
    services.snapshots_store(host=services.host_ensure(name="a"), readings=readings)
    firings = operator("POST", f"/rules/{rule.pk}/test", {})[1]["firings"]
    assert [(now - one["from"]) // 1000 for one in firings] == [263, 164]
    assert all(one["to"] is not None for one in firings)


def test_what_has_no_past_says_so(operator: Api) -> None:
    rule = Rule.objects.create(component="connections", warning_raise=8000)
    assert operator("POST", f"/rules/{rule.pk}/test", {})[1]["error"]["code"] == "NO_HISTORY"


# --- alerts ---


def test_alerts_are_found_by_what_they_are_and_when_they_were_open(viewer: Api) -> None:
    alert = firing_alert()
    at = alert.started_at

    def count(query: str) -> int:
        code, body = viewer("GET", f"/alerts?{query}")
        assert code == 200, body
        return len(body["results"])

    assert count("state=firing&level=warning&component=cpu&host=a") == 1
    assert count("state=recovered") == count("level=critical") == count("component=disk") == count("host=b") == 0
    assert count(f"from={at + 5000}") == 1 and count(f"to={at}") == 0 and count(f"from={at - 5000}&to={at + 1}") == 1
    assert count("acknowledged=false") == 1 and count("acknowledged=true") == 0


@pytest.mark.parametrize("query", ["from=2&to=1", "from=-1", "to=x", "state=on", "level=bad", "from=99999999999999999"])
def test_a_filter_that_makes_no_sense_is_refused(viewer: Api, query: str) -> None:
    assert viewer("GET", f"/alerts?{query}")[0] == 400


def test_an_alert_shows_its_transitions(viewer: Api) -> None:
    alert = firing_alert()
    code, body = viewer("GET", f"/alerts/{alert.pk}")
    assert code == 200 and body["acknowledged"] is None and body["silenced"] is False
    assert [(step["state"], step["level"], step["value"]) for step in body["transitions"]] == [
        ("firing", "warning", 99)
    ]
    assert viewer("GET", "/alerts/99999999999999999999999")[0] == viewer("GET", "/alerts/7")[0] == 404


def test_an_operator_acknowledges_and_takes_it_back(operator: Api, viewer: Api) -> None:
    path = f"/alerts/{firing_alert().pk}/acknowledge"
    assert viewer("POST", path, {})[0] == 403
    code, body = operator("POST", path, {"comment": "on it"})
    assert code == 200 and body["acknowledged"]["by"] == "operator" and body["acknowledged"]["comment"] == "on it"
    assert viewer("GET", "/alerts?acknowledged=true")[1]["results"] == [body]
    assert operator("DELETE", path)[1]["acknowledged"] is None
    assert operator("POST", path, {"comment": "x" * 501})[0] == 400


def test_what_has_recovered_can_not_be_acknowledged(operator: Api) -> None:
    alert = firing_alert()
    alerting.rules_judge(host=Host.objects.get(), reading=make_reading(now_ms() + 1, cpu=1))
    code, body = operator("POST", f"/alerts/{alert.pk}/acknowledge", {})
    assert (code, body["error"]["code"]) == (409, "ALERT_ENDED")


# --- silences ---


def test_an_operator_silences_a_host_and_alerts_say_so(operator: Api) -> None:
    firing_alert()
    now = now_ms()
    span = {"starts_at": now - 1000, "ends_at": now + 60_000}
    code, made = operator("POST", "/silences", {"host": "a", "component": "cpu", "comment": "works", **span})
    assert code == 201 and made["active"] is True and made["created_by"] == "operator" and made["recurrence"] is None
    assert {name: made[name] for name in span} == span
    assert operator("GET", "/alerts")[1]["results"][0]["silenced"] is True
    assert operator("PATCH", f"/silences/{made['id']}", {"ends_at": now - 500})[1]["active"] is False
    assert operator("GET", "/alerts")[1]["results"][0]["silenced"] is False
    assert operator("DELETE", f"/silences/{made['id']}")[0] == 204


def test_a_silence_recurs(operator: Api) -> None:
    recurrence = {"weekdays": [6, 5, 5], "start": "22:00", "end": "06:00", "timezone": "Asia/Shanghai"}
    code, made = operator("POST", "/silences", {"starts_at": 0, "ends_at": None, "recurrence": recurrence})
    assert code == 201 and made["recurrence"] == {**recurrence, "weekdays": [5, 6]}
    assert made["host"] is None and made["component"] is None and made["ends_at"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"starts_at": 1000, "ends_at": 1000},
        {"starts_at": 1000},
        {"ends_at": 1000},
        {"starts_at": -1, "ends_at": 5},
        {"starts_at": 0, "ends_at": 10**20},
        {"starts_at": "soon", "ends_at": 5},
        {"starts_at": 0, "ends_at": 5, "component": "gpu"},
        {"starts_at": 0, "recurrence": {"weekdays": [], "start": "22:00", "end": "06:00"}},
        {"starts_at": 0, "recurrence": {"weekdays": [7], "start": "22:00", "end": "06:00"}},
        {"starts_at": 0, "recurrence": {"weekdays": [1], "start": "25:00", "end": "06:00"}},
        {"starts_at": 0, "recurrence": {"weekdays": [1], "start": "1:00", "end": "6:00", "timezone": "Mars"}},
        {"starts_at": 0, "recurrence": "daily"},
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(operator: Api, body: dict[str, Any]) -> None:
    assert operator("POST", "/silences", body)[0] == 400
    assert Silence.objects.count() == 0


def test_viewers_silence_nothing(viewer: Api) -> None:
    assert viewer("POST", "/silences", {"starts_at": 0, "ends_at": 5})[0] == 403
    assert viewer("GET", "/silences")[0] == 200


# --- maintenance ---


def steps() -> list[tuple[str, str, str]]:
    return list(AlertTransition.objects.order_by("pk").values_list("state", "level", "message"))


def test_a_notice_is_an_alert_of_level_info_at_once(admin: Api) -> None:
    now = now_ms()
    code, made = admin("POST", "/maintenance", {"text": "Moving", "starts_at": now - 1, "ends_at": now + 60_000})
    assert code == 201 and steps() == [("firing", "info", "Moving")]
    admin("PATCH", f"/maintenance/{made['id']}", {"text": "Still moving"})
    admin("PATCH", f"/maintenance/{made['id']}", {"text": "Still moving"})
    assert steps()[1:] == [("firing", "info", "Still moving")]
    assert admin("DELETE", f"/maintenance/{made['id']}")[0] == 204
    assert steps()[2:] == [("recovered", "info", "Still moving")]


def test_a_notice_begins_and_ends_in_time(admin: Api) -> None:
    from metrics.maintenance import maintenance_apply

    now = now_ms() + 3_600_000
    admin("POST", "/maintenance", {"text": "Later", "starts_at": now, "ends_at": now + 60_000})
    assert steps() == []
    for moment in (now, now + 1, now + 60_000, now + 60_001):
        maintenance_apply(now=moment)
    assert steps() == [("firing", "info", "Later"), ("recovered", "info", "Later")]


def test_operators_announce_and_viewers_only_read(operator: Api, viewer: Api) -> None:
    now = now_ms()
    notice = {"text": "x", "starts_at": now + 60_000, "ends_at": now + 120_000}
    assert viewer("POST", "/maintenance", notice)[0] == 403 and Maintenance.objects.count() == 0
    made = operator("POST", "/maintenance", notice)[1]
    assert made["created_by"] == "operator" and viewer("GET", "/maintenance")[1]["results"] == [made]
    assert viewer("DELETE", f"/maintenance/{made['id']}")[0] == 403


def test_a_notice_that_is_ended_now_is_over_at_once(operator: Api) -> None:
    now = now_ms()
    made = operator("POST", "/maintenance", {"text": "Moving", "starts_at": now - 60_000, "ends_at": now + 60_000})[1]
    assert operator("PATCH", f"/maintenance/{made['id']}", {"ends_at": now - 1})[0] == 200
    assert steps() == [("firing", "info", "Moving"), ("recovered", "info", "Moving")]


def test_a_notice_that_ends_before_it_begins_is_refused(admin: Api) -> None:
    error = admin("POST", "/maintenance", {"text": "x", "starts_at": 5, "ends_at": 5})[1]["error"]
    assert error["code"] == "INVALID_REQUEST" and error["details"].keys() == {"ends_at"}
    assert admin("POST", "/maintenance", {"text": "", "starts_at": 5, "ends_at": 6})[0] == 400
