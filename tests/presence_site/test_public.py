"""The public page: nothing of it is there unless it was opened, and what is open shows how machines do and no more."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from metrics import public
from metrics.messages import Process, StatusUpdate, SystemStatus
from metrics.services import host_ensure, snapshots_store
from presence_site.env import Reader
from tests.support.readings import NOON, make_reading
from tests.support.users import make_user

pytestmark = pytest.mark.django_db
ADDRESSES = ["/api/v1/public/hosts", "/api/v1/public/history?host=db-1", "/api/v1/public/alerts"]
WALL = "https://wall.example"


@pytest.fixture
def opened(settings: Any) -> None:
    """The public page is on, and one machine has readings."""
    settings.PRESENCE_PUBLIC = True
    snapshots_store(host=host_ensure(name="db-1"), readings=[make_reading(NOON + n * 1000) for n in range(5)])


def boot_of(answer: Any) -> dict[str, Any]:
    text = answer.content.decode().partition('type="application/json">')[2].partition("</script>")[0]
    boot: dict[str, Any] = json.loads(text)
    return boot


@pytest.mark.parametrize("path", [*ADDRESSES, "/public", "/embed/db-1"])
@pytest.mark.parametrize("signed_in", [False, True])
def test_nothing_is_there_unless_it_was_opened(path: str, signed_in: bool) -> None:
    client = Client()
    if signed_in:
        client.force_login(make_user())
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [*ADDRESSES, "/public"])
def test_strangers_may_look_once_it_is_open(opened: None, path: str) -> None:
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/hosts", "/api/v1/history", "/api/v1/alerts", "/api/v1/rules", "/status"])
def test_what_needs_signing_in_stays_closed(opened: None, path: str) -> None:
    assert Client().get(path).status_code == 401


@pytest.mark.parametrize("path", ADDRESSES)
def test_strangers_change_nothing(opened: None, path: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(path).status_code == 405


def test_a_machine_is_shown_without_what_runs_on_it(opened: None) -> None:
    (host,) = Client().get(ADDRESSES[0]).json()["results"]
    assert host["name"] == "db-1" and host["status"]["cpuUsage"] is not None
    assert host["status"]["processes"] == [] and host["version"] == host["status"]["version"] == ""


def test_an_update_is_cut_down_for_strangers() -> None:
    status = SystemStatus(
        host="db-1",
        system_online=True,
        cpu_usage=1,
        memory_usage=2,
        disk_usage=3,
        active_connections=4,
        uptime=5,
        timestamp=6,
        version="9.9",
        processes=[Process(1, "secret-job", 1, 1)],
    )
    data = public.event_data(msgspec.json.encode(StatusUpdate("db-1", status, [], 6)))
    assert b"secret" not in data and b"9.9" not in data and json.loads(data)["status"]["cpuUsage"] == 1
    assert b"secret" not in public.entry(msgspec.json.encode(status))


@pytest.mark.parametrize("query", ["type=health", "type=stats", "points=721", f"from=0&to={NOON}", "points=x"])
def test_strangers_see_a_day_of_readings_and_no_more(opened: None, query: str) -> None:
    assert Client().get(f"/api/v1/public/history?host=db-1&{query}").status_code == 400


def test_strangers_are_slowed_down(opened: None, settings: Any) -> None:
    settings.PRESENCE_PUBLIC_RATE = 2
    codes = [Client().get(ADDRESSES[2]).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_the_page_for_strangers_knows_nobody_and_sets_no_cookie(opened: None) -> None:
    client = Client()
    client.force_login(make_user("ada"))
    answer = client.get("/public")
    assert boot_of(answer)["user"] is None and boot_of(answer)["public"] is True
    assert "csrftoken" not in answer.cookies and b"ada" not in answer.content
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_card_may_be_framed_by_the_named_origins_and_nothing_else_may(opened: None, settings: Any) -> None:
    settings.PRESENCE_EMBED_ORIGINS = [WALL]
    card = Client().get("/embed/db-1")
    assert card.status_code == 200 and "X-Frame-Options" not in card.headers
    assert f"frame-ancestors {WALL}" in card.headers["Content-Security-Policy"]
    for path in ("/", "/public", "/settings"):
        answer = Client().get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_there_is_no_card_without_an_origin_that_may_frame_it(opened: None) -> None:
    card = Client().get("/embed/db-1")
    assert card.status_code == 404 and "frame-ancestors 'none'" in card.headers["Content-Security-Policy"]


@pytest.mark.parametrize("value", ["wall.example", "https://a.example/path", "https://a.example;script-src *", "*"])
def test_what_is_no_origin_ends_the_start(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PRESENCE_EMBED_ORIGINS"):
        Reader({"PRESENCE_EMBED_ORIGINS": value}).origins("PRESENCE_EMBED_ORIGINS")


# --- pages of other origins ---


def preflight(origin: str, path: str = "/api/v1/hosts") -> Any:
    headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    return Client().options(path, headers=headers)


def test_a_page_of_an_allowed_origin_may_call_the_api_with_a_token(settings: Any) -> None:
    settings.PRESENCE_ALLOWED_ORIGINS = [WALL]
    asked = preflight(WALL)
    assert asked.status_code == 204 and asked.headers["Access-Control-Allow-Origin"] == WALL
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    answer = Client().get("/api/v1/hosts", headers={"Origin": WALL})
    assert answer.status_code == 401 and answer.headers["Access-Control-Allow-Origin"] == WALL
    assert "Access-Control-Allow-Credentials" not in {**asked.headers, **answer.headers}
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(("origin", "path"), [("https://evil.example", "/api/v1/hosts"), (WALL, "/admin/login/")])
def test_no_other_origin_and_no_other_address_is_opened(settings: Any, origin: str, path: str) -> None:
    settings.PRESENCE_ALLOWED_ORIGINS = [WALL]
    assert "Access-Control-Allow-Origin" not in preflight(origin, path).headers
