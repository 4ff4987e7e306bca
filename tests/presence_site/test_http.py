"""The HTTP side: who gets in, what refusals look like, which headers every answer carries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, resolve

from metrics import services
from metrics import urls as metrics_urls
from metrics.models import Alert, Host, Snapshot
from presence_site.urls import urlpatterns
from realtime import urls as realtime_urls
from tests.support.readings import NOON, make_reading
from tests.support.users import PASSWORD, make_user, token_of

pytestmark = pytest.mark.django_db

SIGNED_ONLY = [
    "/api/v1/status",
    "/api/v1/history",
    "/api/v1/hosts",
    "/api/v1/alerts",
    "/api/v1/rules",
    "/api/v1/schema",
]
SHORT = [f"/{pattern.pattern}" for pattern in [*metrics_urls.short, *realtime_urls.short]]


@pytest.fixture
def host() -> Host:
    """A host with ten readings."""
    host = services.host_ensure(name="a")
    services.snapshots_store(host=host, readings=[make_reading(NOON + n * 1000) for n in range(10)])
    return host


@pytest.fixture
def ada() -> Client:
    """A program of ada's."""
    return client_with(make_user("ada"))


def client_with(user: User, **token: Any) -> Client:
    """Return a client that shows a token of the user."""
    return Client(headers={"Authorization": f"Token {token_of(user, **token).token}"}, enforce_csrf_checks=True)


def refusal(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal, having checked its shape."""
    body = json.loads(answer.content)
    assert set(body) == {"error"} and {"code", "message"} <= set(body["error"]) <= {"code", "message", "details"}
    assert isinstance(body["error"]["message"], str) and body["error"]["message"]
    return answer.status_code, body["error"]["code"]


def browser() -> tuple[Client, dict[str, str]]:
    """Return a client that holds the CSRF cookie, and the header that goes with it."""
    client = Client(enforce_csrf_checks=True)
    client.get("/api/v1/auth/session")
    return client, {"X-CSRFToken": client.cookies["csrftoken"].value}


def post(client: Client, path: str, body: object, headers: dict[str, str] | None = None) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers or {})


CREDENTIALS = {"username": "ada", "password": PASSWORD}
CHOSEN = {"language": "", "theme": "system", "units": "binary", "density": "comfortable"}
USER = {"username": "ada", "isStaff": False, "groups": ["viewer"], "roles": ["viewer"], "preferences": CHOSEN}


# --- who gets in ---


@pytest.mark.parametrize("path", [*SIGNED_ONLY, *SHORT])
def test_nothing_is_open_to_the_unsigned(path: str) -> None:
    answer = Client().get(path, headers={"Accept": "application/json"})
    if path.endswith("system/health"):
        assert answer.status_code == 200
    else:
        assert refusal(answer) == (401, "NOT_SIGNED_IN") and answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token wrong", "Token", "Token a b", "Token \xff"])
def test_a_wrong_token_is_refused(header: str, host: Host) -> None:
    assert refusal(Client(headers={"Authorization": header}).get("/status")) == (401, "NOT_SIGNED_IN")


def test_an_inactive_user_is_refused(ada: Client, host: Host) -> None:
    assert ada.get("/status").status_code == 200
    User.objects.update(is_active=False)
    assert refusal(ada.get("/status")) == (401, "NOT_SIGNED_IN")


def test_a_read_only_token_may_look_and_nothing_else(host: Host) -> None:
    reader = client_with(make_user(), read_only=True)
    assert reader.get("/status").status_code == 200
    for method in (reader.post, reader.put, reader.patch, reader.delete):
        assert refusal(method("/api/v1/rules")) == (403, "NOT_ALLOWED")


def test_a_token_is_exchanged_for_name_and_password(host: Host) -> None:
    make_user()
    token = post(Client(), "/api/v1/auth/token", CREDENTIALS).json()["token"]
    assert Client(headers={"Authorization": f"Token {token}"}).get("/status").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/auth/token", "/api/v1/auth/session"])
@pytest.mark.parametrize("body", [{"username": "ada", "password": "wrong"}, {"username": "eve", "password": PASSWORD}])
def test_wrong_credentials_do_not_say_which_half_is_wrong(path: str, body: dict[str, str]) -> None:
    make_user()
    client, csrf = browser()
    answer = post(client, path, body, csrf)
    assert refusal(answer) == (400, "INVALID_CREDENTIALS")
    assert answer.json()["error"]["message"] == "User name or password is wrong."


def test_a_browser_signs_in_looks_and_signs_out(host: Host) -> None:
    make_user(groups=("viewer",))
    client, csrf = browser()
    assert post(client, "/api/v1/auth/session", CREDENTIALS, csrf).json() == {"user": USER}
    assert client.get("/status").status_code == 200
    csrf = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.delete("/api/v1/auth/session", headers=csrf).status_code == 204
    assert client.get("/status").status_code == 401


def test_the_session_cookie_is_not_for_scripts_or_other_sites() -> None:
    make_user()
    client, csrf = browser()
    post(client, "/api/v1/auth/session", CREDENTIALS, csrf)
    cookie = client.cookies["presence_session"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


@pytest.mark.parametrize("path", ["/api/v1/auth/session", "/api/v1/auth/setup"])
def test_signing_in_without_the_csrf_token_is_refused(path: str) -> None:
    make_user()
    answer = post(Client(enforce_csrf_checks=True), path, CREDENTIALS)
    assert refusal(answer) == (403, "NOT_ALLOWED")


def test_signing_in_from_a_foreign_page_is_refused() -> None:
    make_user()
    client, csrf = browser()
    answer = post(client, "/api/v1/auth/session", CREDENTIALS, {**csrf, "Origin": "https://evil.example"})
    assert refusal(answer) == (403, "NOT_ALLOWED")


def test_signing_out_without_the_csrf_token_is_refused() -> None:
    make_user()
    client, csrf = browser()
    post(client, "/api/v1/auth/session", CREDENTIALS, csrf)
    assert refusal(client.delete("/api/v1/auth/session")) == (403, "NOT_ALLOWED")


def test_guessing_passwords_is_throttled_over_both_ways() -> None:
    make_user()
    client, csrf = browser()
    wrong = {"username": "ada", "password": "wrong"}
    for number in range(10):
        answer = post(client, "/api/v1/auth/session" if number % 2 else "/api/v1/auth/token", wrong, csrf)
        assert answer.status_code == 400
    answer = post(client, "/api/v1/auth/session", CREDENTIALS, csrf)
    assert refusal(answer) == (429, "RATE_LIMITED") and 1 <= int(answer.headers["Retry-After"]) <= 61


def test_the_admins_own_door_has_the_same_lock() -> None:
    make_user("root", is_superuser=True, is_staff=True)
    client = Client()
    guess = {"username": "root", "password": "guess"}
    codes = [client.post("/admin/login/", guess).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
    assert refusal(client.post("/api/v1/auth/token", guess, content_type="application/json")) == (429, "RATE_LIMITED")
    assert client.get("/admin/login/").status_code == 200


def test_a_forged_address_does_not_escape_the_throttle() -> None:
    client, csrf = browser()
    for number in range(11):
        answer = post(client, "/api/v1/auth/token", CREDENTIALS, {**csrf, "X-Forwarded-For": f"10.0.0.{number}"})
    assert answer.status_code == 429


def test_somebody_who_is_signed_in_can_not_guess_the_passwords_of_others_without_end() -> None:
    make_user()
    make_user("grace", is_superuser=True)
    client, csrf = browser()
    post(client, "/api/v1/auth/session", CREDENTIALS, csrf)
    csrf = {"X-CSRFToken": client.cookies["csrftoken"].value}
    for _ in range(10):
        answer = post(client, "/api/v1/auth/session", {"username": "grace", "password": "guess"}, csrf)
    assert refusal(answer) == (429, "RATE_LIMITED")


def test_looking_is_not_throttled() -> None:
    client = Client()
    assert {client.get("/api/v1/auth/session").status_code for _ in range(30)} == {200}


# --- the first administrator ---


def test_the_link_creates_the_administrator_and_signs_in() -> None:
    from accounts.services import setup_token

    client, csrf = browser()
    assert client.get("/api/v1/auth/session").json() == {"user": None, "setup": True}
    answer = post(client, "/api/v1/auth/setup", {**CREDENTIALS, "token": setup_token()}, csrf)
    assert (answer.status_code, answer.json()["user"]["isStaff"]) == (201, True)
    assert client.get("/api/v1/auth/session").json()["user"]["username"] == "ada"
    second, csrf = browser()
    answer = post(second, "/api/v1/auth/setup", {**CREDENTIALS, "token": setup_token()}, csrf)
    assert refusal(answer) == (409, "SETUP_DONE")


def test_a_forged_link_or_a_weak_password_is_refused() -> None:
    from accounts.services import setup_token

    client, csrf = browser()
    answer = post(client, "/api/v1/auth/setup", {**CREDENTIALS, "token": "forged"}, csrf)
    assert refusal(answer) == (403, "SETUP_LINK_INVALID")
    weak = {"username": "ada", "password": "12345678", "token": setup_token()}
    answer = post(client, "/api/v1/auth/setup", weak, csrf)
    assert refusal(answer) == (400, "INVALID_REQUEST") and "password" in answer.json()["error"]["details"]
    strange = {**CREDENTIALS, "username": "a b<script>", "token": setup_token()}
    assert refusal(post(client, "/api/v1/auth/setup", strange, csrf)) == (400, "INVALID_REQUEST")
    assert User.objects.count() == 0


# --- refusals ---


@pytest.mark.parametrize(
    ("path", "details"),
    [
        ("/history?points=0", "points"),
        ("/history?points=5001", "points"),
        ("/history?points=many", "points"),
        ("/history?type=weather", "type"),
        ("/history?from=yesterday", "from"),
        ("/history?from=-1", "from"),
        ("/history?from=2000&to=1000", "from"),
        ("/history?from=1000&to=1000", "from"),
        ("/history?to=999999999999999999999", "to"),
        ("/history?host=" + "x" * 254, "host"),
        ("/api/v1/alerts?state=maybe", "state"),
        ("/api/v1/alerts?level=bad", "level"),
    ],
)
def test_bad_input_names_the_field(ada: Client, host: Host, path: str, details: str) -> None:
    answer = ada.get(path)
    assert refusal(answer) == (400, "INVALID_REQUEST")
    assert list(answer.json()["error"]["details"]) == [details]
    assert answer.json()["error"]["message"].startswith(f"{details}: ")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status?host=nobody", "UNKNOWN_HOST"),
        ("/history?host=nobody", "UNKNOWN_HOST"),
        ("/api/v1/nothing", "NOT_FOUND"),
        ("/api/nothing/at/all", "NOT_FOUND"),
        ("/api/v1/status/", "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_404(ada: Client, host: Host, path: str, code: str) -> None:
    assert refusal(ada.get(path)) == (404, code)


def test_a_status_without_any_reading_is_404(ada: Client) -> None:
    assert refusal(ada.get("/status")) == (404, "NO_DATA")
    host = services.host_ensure(name="empty")
    assert refusal(ada.get("/status")) == (404, "NO_DATA")
    assert host.name in ada.get("/status").json()["error"]["message"]


def test_a_method_that_is_not_offered_is_405(ada: Client) -> None:
    assert refusal(ada.post("/status")) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("{", "application/json", (400, "INVALID_REQUEST")),
        ("[]", "application/json", (400, "INVALID_REQUEST")),
        ('{"username":"ada"}', "application/json", (400, "INVALID_REQUEST")),
        ('{"username":"ada","password":"x\\u0000y"}', "application/json", (400, "INVALID_REQUEST")),
        ("username=ada", "application/x-www-form-urlencoded", (415, "UNSUPPORTED_MEDIA_TYPE")),
        ("<x/>", "text/xml", (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: str, kind: str, expected: tuple[int, str]) -> None:
    assert refusal(Client().post("/api/v1/auth/token", body, content_type=kind)) == expected


# --- answers ---


@pytest.mark.parametrize("path", SHORT)
def test_a_short_path_is_the_same_as_the_long_one(ada: Client, host: Host, path: str) -> None:
    query: dict[str, int] = {"from": NOON, "to": NOON + 10_000} if path == "/history" else {}
    short, long = ada.get(path, query), ada.get(f"/api/v1{path}", query)
    assert short.status_code == long.status_code and short.json().keys() == long.json().keys()
    views = [resolve(prefix + path).func.view_class for prefix in ("", "/api/v1")]  # type: ignore[attr-defined]
    assert views[0] is views[1]


def test_the_status_is_the_newest_reading_and_says_that_it_is_old(ada: Client, host: Host) -> None:
    body = ada.get("/status").json()
    assert (body["host"], body["timestamp"], body["cpuUsage"]) == ("a", NOON + 9000, 10.0)
    assert body["stale"] is True and body["systemOnline"] is False


def test_a_history_is_columns_of_one_length(ada: Client, host: Host) -> None:
    body = ada.get("/history", {"from": NOON, "to": NOON + 10_000}).json()
    assert body["stepMs"] == 1000 and body["timestamps"] == [NOON + n * 1000 for n in range(10)]
    lengths = {len(values) for series in body["series"].values() for values in series.values()}
    assert lengths == {10} and set(body["series"]["cpuUsage"]) == {"avg", "min", "max"}


def test_alerts_come_in_pages_newest_first(ada: Client, host: Host) -> None:
    for number in range(5):
        values = {"component": "cpu", "level": "warning", "message": "m", "threshold": 1, "current_value": 2}
        Alert.objects.create(host=host, started_at=NOON + number, ended_at=NOON + number + 1, **values)
    seen, link = [], "/api/v1/alerts?limit=2"
    while link:
        page = ada.get(link).json()
        seen += [alert["startedAt"] - NOON for alert in page["results"]]
        link = page["next"]
    assert seen == [4, 3, 2, 1, 0] and page["previous"]


def test_alerts_can_be_filtered(ada: Client, host: Host) -> None:
    values = {"host": host, "message": "m", "threshold": 1, "current_value": 2, "started_at": NOON}
    Alert.objects.create(component="cpu", level="warning", **values)
    Alert.objects.create(component="disk", level="critical", ended_at=NOON + 1, **values)
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"state": "firing"}, ["cpu"]),
        ({"state": "recovered"}, ["disk"]),
        ({"level": "critical"}, ["disk"]),
        ({"component": "cpu", "host": "a"}, ["cpu"]),
        ({"host": "b"}, []),
    ]
    for query, expected in cases:
        assert [alert["component"] for alert in ada.get("/api/v1/alerts", query).json()["results"]] == expected
    assert len(ada.get("/history", {"type": "health", "from": "0"}).json()["results"]) == 2


def test_health_tells_strangers_the_status_alone(ada: Client) -> None:
    assert Client().get("/system/health").json() == {"status": "ok"}
    body = ada.get("/system/health").json()
    assert body["status"] == "ok" and body["components"]["database"] == "ok"


@pytest.mark.django_db(databases=[])
def test_liveness_needs_no_database() -> None:
    assert Client().get("/livez").json() == {"status": "ok"}


def test_the_api_describes_itself(ada: Client) -> None:
    text = ada.get("/api/v1/schema").content.decode()
    assert "openapi: 3" in text and "/api/v1/status" in text and "/api/v1/auth/token" in text


# --- headers ---


@pytest.mark.parametrize(
    "path", ["/", "/setup", "/admin/login/", "/api/v1/status", "/livez", "/api/nothing", "/nothing"]
)
def test_every_answer_forbids_inline_scripts_and_framing(path: str) -> None:
    answer = Client().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy and "*" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_page_knows_who_is_signed_in_and_is_not_cached() -> None:
    make_user()
    client, csrf = browser()
    post(client, "/api/v1/auth/session", CREDENTIALS, csrf)
    answer = client.get("/")
    text = answer.content.decode()
    boot = json.loads(text.partition('type="application/json">')[2].partition("</script>")[0])
    assert boot["user"]["username"] == "ada" and boot["user"]["roles"] == ["viewer"] and boot["setup"] is False
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<style" not in text and "onload=" not in text


@pytest.mark.parametrize("path", ["/explore", "/alerts", "/settings", "/hosts/db-1", "/hosts/a%2Fb", "/sessions/7f"])
def test_every_page_is_the_one_page(path: str) -> None:
    answer = browser()[0].get(path)
    assert answer.status_code == 200 and 'id="boot"' in answer.content.decode()


def test_no_address_of_ours_ends_in_a_slash_but_the_admin() -> None:
    def addresses(patterns: list[Any], prefix: str = "") -> list[str]:
        found = []
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                found += addresses(pattern.url_patterns, path)
            elif isinstance(pattern, URLPattern):
                found.append(path)
        return found

    ours = [path for path in addresses(urlpatterns) if path and not path.startswith("admin/")]
    assert ours and not [path for path in ours if path.endswith("/")]


# --- a database that fails ---


def test_health_says_degraded_when_the_database_is_gone() -> None:
    with connection.cursor() as cursor:
        cursor.connection.close()
    answer = Client().get("/system/health")
    connection.close()
    assert (answer.status_code, answer.json()) == (503, {"status": "degraded"})


def test_old_snapshots_do_not_hide_behind_a_page(ada: Client, host: Host) -> None:
    Snapshot.objects.all().delete()
    assert refusal(ada.get("/status")) == (404, "NO_DATA")
