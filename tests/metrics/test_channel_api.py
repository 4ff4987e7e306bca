"""Notification channels over HTTP: administrators alone, and what goes in as an address never comes out."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.models import Channel
from metrics.notify.secrets import decrypt
from tests.metrics.test_hand_over import Webhook, webhook  # noqa: F401 - a fixture
from tests.support.program import Program

pytestmark = pytest.mark.django_db
SECRET = "json://127.0.0.1:9/secretpath"
CHANNEL: dict[str, Any] = {"name": "ops", "address": SECRET}


@pytest.fixture
def admin() -> Program:
    return Program("admin")


def test_an_administrator_makes_reads_edits_and_deletes_a_channel(admin: Program) -> None:
    code, made = admin("POST", "/channels", {**CHANNEL, "language": "zh-hans", "group_seconds": 0})
    assert code == 201 and made == {
        "id": made["id"],
        "name": "ops",
        "masked": "json://127.0.0.1:9/***",
        "language": "zh-hans",
        "min_level": "warning",
        "group_seconds": 0,
        "enabled": True,
        "last_sent_at": None,
        "last_error": "",
    }
    path = f"/channels/{made['id']}"
    assert admin("GET", path) == (200, made) and admin("GET", "/channels")[1]["results"] == [made]
    assert admin("PATCH", path, {"enabled": False}) == (200, {**made, "enabled": False})
    assert decrypt(Channel.objects.get().secret) == SECRET
    assert admin("PATCH", path, {"address": "json://127.0.0.1:9/other"})[0] == 200
    assert decrypt(Channel.objects.get().secret) == "json://127.0.0.1:9/other"
    assert admin("DELETE", path)[0] == 204 and admin("GET", path)[0] == 404


@pytest.mark.parametrize("role", ["viewer", "operator", "analyst"])
def test_others_do_not_even_see_them(role: str, admin: Program) -> None:
    path = f"/channels/{admin('POST', '/channels', CHANNEL)[1]['id']}"
    other = Program(role)
    refused = [other("GET", "/channels"), other("GET", path), other("POST", "/channels", CHANNEL)]
    refused += [other("PATCH", path, {"enabled": False}), other("DELETE", path), other("POST", f"{path}/test")]
    assert [code for code, _ in refused] == [403] * 6 and Channel.objects.get().enabled


def test_a_read_only_token_of_an_administrator_changes_and_sends_nothing(admin: Program) -> None:
    path = f"/channels/{admin('POST', '/channels', CHANNEL)[1]['id']}"
    looker = Program("admin", name="looker", read_only=True)
    assert looker("POST", f"{path}/test")[0] == looker("DELETE", path)[0] == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": None}, "address"),
        ({"address": ""}, "address"),
        ({"address": "https://example.com/hook"}, "address"),
        ({"address": "syslog://"}, "address"),
        ({"address": "json://localhost/?template=/etc/passwd"}, "address"),
        ({"address": "x" * 2001}, "address"),
        ({"address": [1]}, "address"),
        ({"name": ""}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"name": "taken"}, "name"),
        ({"language": "fr"}, "language"),
        ({"min_level": "bad"}, "min_level"),
        ({"group_seconds": -1}, "group_seconds"),
        ({"group_seconds": 3601}, "group_seconds"),
        ({"enabled": "perhaps"}, "enabled"),
    ],
)
def test_a_channel_that_makes_no_sense_is_refused_with_the_field(
    admin: Program, change: dict[str, Any], field: str
) -> None:
    Channel.objects.create(name="taken", secret="x", masked="x")
    code, answer = admin("POST", "/channels", {**CHANNEL, **change})
    assert code == 400 and field in answer["error"]["details"]
    assert "passwd" not in answer["error"]["message"] and Channel.objects.count() == 1


def test_a_new_channel_needs_an_address(admin: Program) -> None:
    code, answer = admin("POST", "/channels", {"name": "ops"})
    assert code == 400 and answer["error"]["message"] == "address: A channel needs an address."


def test_a_test_really_sends_and_says_how_it_went(admin: Program, webhook: Webhook) -> None:  # noqa: F811
    address = f"json://127.0.0.1:{webhook.port}/secretpath"
    path = f"/channels/{admin('POST', '/channels', {**CHANNEL, 'address': address})[1]['id']}"
    assert admin("POST", f"{path}/test") == (200, {"ok": True, "error": ""})
    assert webhook.bodies[0]["title"] == "Presence: test"
    webhook.status = 500
    code, answer = admin("POST", f"{path}/test")
    assert code == 200 and not answer["ok"] and answer["error"] and "secretpath" not in answer["error"]
    assert admin("GET", path)[1]["last_error"] == answer["error"]
    assert admin("POST", "/channels/99999/test")[0] == 404
