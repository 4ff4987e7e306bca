"""What people do with their own account over HTTP, and that nobody does it with another's."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.identity import look_up
from accounts.models import Preferences, SignIn, Token
from accounts.services import groups_ensure
from tests.support.users import PASSWORD, make_user, session_of, token_of

pytestmark = pytest.mark.django_db
NEW = "analytical engine no. 1"


def browser_of(user: User, agent: str = "Firefox") -> Client:
    """Return a browser in which the user has signed in."""
    client = Client(headers={"User-Agent": agent})
    answer = ask(client, "post", "session", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200
    return client


def program_of(user: User, **values: Any) -> Client:
    return Client(headers={"Authorization": f"Token {token_of(user, **values).token}"})


def ask(client: Client, method: str, path: str, body: object = None) -> Any:
    """Send JSON to an address below ``/api/v1/auth/``."""
    text = None if body is None else json.dumps(body)
    return client.generic(method.upper(), f"/api/v1/auth/{path}", text or "", content_type="application/json")


def results(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# --- who may ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "tokens"),
        ("post", "tokens"),
        ("delete", "tokens/1"),
        ("get", "sessions"),
        ("delete", "sessions/1"),
        ("post", "password"),
        ("get", "preferences"),
        ("patch", "preferences"),
    ],
)
def test_nothing_of_it_is_for_strangers(method: str, path: str) -> None:
    assert code(ask(Client(), method, path, {})) == (401, "NOT_SIGNED_IN")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "tokens", {"name": "x"}),
        ("delete", "tokens/1", None),
        ("delete", "sessions/1", None),
        ("post", "password", {"current": PASSWORD, "new": NEW}),
    ],
)
def test_a_token_does_not_manage_the_account(method: str, path: str, body: object) -> None:
    user = make_user()
    assert code(ask(program_of(user), method, path, body)) == (403, "NOT_ALLOWED")
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and user.tokens.count() == 1


def test_a_request_without_the_csrf_token_changes_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    assert code(ask(client, "post", "tokens", {"name": "x"})) == (403, "NOT_ALLOWED")
    assert not Token.objects.exists()


# --- tokens ---


def test_a_token_is_shown_once_and_works() -> None:
    browser = browser_of(make_user())
    made = ask(browser, "post", "tokens", {"name": "deploy", "read_only": False})
    assert made.status_code == 201
    (listed,) = results(ask(browser, "get", "tokens"))
    assert (listed["name"], listed["readOnly"], listed["lastUsedAt"]) == ("deploy", False, None)
    assert "key" not in listed and "digest" not in listed
    program = Client(headers={"Authorization": f"Token {made.json()['key']}"})
    assert ask(program, "get", "preferences").status_code == 200
    assert results(ask(browser, "get", "tokens"))[0]["lastUsedAt"]


def test_a_token_only_looks_unless_asked_otherwise() -> None:
    made = ask(browser_of(make_user()), "post", "tokens", {"name": "wall"}).json()
    assert made["readOnly"] and made["expiresAt"] is None
    program = Client(headers={"Authorization": f"Token {made['key']}"})
    assert code(ask(program, "patch", "preferences", {"theme": "dark"})) == (403, "NOT_ALLOWED")


def test_a_token_expires() -> None:
    browser = browser_of(make_user())
    soon = int(time.time() * 1000) + 60_000
    made = ask(browser, "post", "tokens", {"name": "x", "expires_at": soon}).json()
    assert abs(made["expiresAt"] - soon) <= 1
    Token.objects.update(expires_at="2020-01-01T00:00:00Z")
    program = Client(headers={"Authorization": f"Token {made['key']}"})
    assert code(ask(program, "get", "preferences")) == (401, "NOT_SIGNED_IN")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "x", "expires_at": 1},
        {"name": "x", "expires_at": 10**30},
        {"name": "x", "expires_at": "tomorrow"},
        {"name": "x", "read_only": "perhaps"},
        [],
    ],
)
def test_a_token_that_makes_no_sense_is_refused(body: object) -> None:
    assert code(ask(browser_of(make_user()), "post", "tokens", body)) == (400, "INVALID_REQUEST")
    assert not Token.objects.exists()


def test_tokens_of_others_are_neither_seen_nor_revoked() -> None:
    other = make_user("eve")
    token_of(other)
    browser = browser_of(make_user())
    assert results(ask(browser, "get", "tokens")) == []
    assert ask(browser, "delete", f"tokens/{other.tokens.get().pk}").status_code == 404
    assert other.tokens.count() == 1


def test_a_revoked_token_is_refused() -> None:
    user = make_user()
    program = program_of(user)
    assert ask(browser_of(user), "delete", f"tokens/{user.tokens.get().pk}").status_code == 204
    assert code(ask(program, "get", "preferences")) == (401, "NOT_SIGNED_IN")


def test_the_number_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.account_views.MAX_TOKENS", 1)
    browser = browser_of(make_user())
    ask(browser, "post", "tokens", {"name": "one"})
    assert code(ask(browser, "post", "tokens", {"name": "two"})) == (409, "TOO_MANY_TOKENS")


def test_the_number_of_tokens_that_a_password_gets_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.account_views.MAX_TOKENS", 1)
    make_user()
    body = {"username": "ada", "password": PASSWORD}
    answers = [Client().post("/api/v1/auth/token", body, content_type="application/json") for _ in range(2)]
    assert answers[0].status_code == 200 and code(answers[1]) == (409, "TOO_MANY_TOKENS")


# --- signed-in browsers ---


def test_every_signed_in_browser_is_listed_and_one_is_this() -> None:
    user = make_user()
    phone, laptop = browser_of(user, "Phone"), browser_of(user, "Laptop")
    rows = results(ask(laptop, "get", "sessions"))
    assert [(row["userAgent"], row["current"]) for row in rows] == [("Laptop", True), ("Phone", False)]
    assert all(row["address"] == "127.0.0.1" for row in rows)
    keys = [phone.cookies["presence_session"].value, laptop.cookies["presence_session"].value]
    assert not any(key in json.dumps(rows) for key in keys)


def test_revoking_a_session_signs_that_browser_out_alone() -> None:
    user = make_user()
    phone, laptop = browser_of(user, "Phone"), browser_of(user, "Laptop")
    of_phone = SignIn.objects.get(user_agent="Phone").pk
    assert ask(laptop, "delete", f"sessions/{of_phone}").status_code == 204
    assert ask(phone, "get", "preferences").status_code == 401
    assert [row["userAgent"] for row in results(ask(laptop, "get", "sessions"))] == ["Laptop"]


def test_revoking_ones_own_session_is_signing_out() -> None:
    browser = browser_of(make_user())
    (own,) = results(ask(browser, "get", "sessions"))
    assert ask(browser, "delete", f"sessions/{own['id']}").status_code == 204
    assert ask(browser, "get", "preferences").status_code == 401
    assert not Session.objects.exists()


def test_sessions_of_others_are_neither_seen_nor_revoked() -> None:
    browser_of(make_user("eve"))
    browser = browser_of(make_user())
    assert len(results(ask(browser, "get", "sessions"))) == 1
    assert ask(browser, "delete", f"sessions/{SignIn.objects.get(user__username='eve').pk}").status_code == 404
    assert SignIn.objects.count() == 2


def test_signing_out_takes_the_session_off_the_list() -> None:
    user = make_user()
    phone = browser_of(user, "Phone")
    assert ask(phone, "delete", "session").status_code == 204
    assert not SignIn.objects.exists()


def test_who_signs_in_as_somebody_else_has_signed_out_before() -> None:
    ada, grace = make_user("ada"), make_user("grace")
    browser = browser_of(ada)
    ask(browser, "post", "session", {"username": "grace", "password": PASSWORD})
    assert [one.user for one in SignIn.objects.all()] == [grace]


def test_a_session_that_was_there_before_the_list_appears_once_it_is_seen() -> None:
    browser = Client()
    browser.force_login(make_user())
    SignIn.objects.all().delete()
    assert [row["current"] for row in results(ask(browser, "get", "sessions"))] == [True]


# --- password ---


def test_a_new_password_signs_out_the_others_and_not_this_browser() -> None:
    user = make_user()
    phone, laptop = browser_of(user, "Phone"), browser_of(user, "Laptop")
    stolen = session_of_browser(laptop)
    assert ask(laptop, "post", "password", {"current": PASSWORD, "new": NEW}).status_code == 204
    assert ask(laptop, "get", "preferences").status_code == 200
    assert ask(phone, "get", "preferences").status_code == 401
    assert [row["userAgent"] for row in results(ask(laptop, "get", "sessions"))] == ["Laptop"]
    assert not Session.objects.filter(session_key=stolen).exists()
    user.refresh_from_db()
    assert user.check_password(NEW)


def session_of_browser(client: Client) -> str:
    return client.cookies["presence_session"].value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"current": "wrong", "new": NEW}, "INVALID_CREDENTIALS"),
        ({"current": PASSWORD, "new": "short"}, "INVALID_REQUEST"),
        ({"current": PASSWORD, "new": "12345678901"}, "INVALID_REQUEST"),
        ({"current": PASSWORD, "new": "ada"}, "INVALID_REQUEST"),
        ({"current": PASSWORD}, "INVALID_REQUEST"),
        ({"new": NEW}, "INVALID_REQUEST"),
    ],
)
def test_a_bad_change_of_password_changes_nothing(body: dict[str, str], expected: str) -> None:
    user = make_user()
    browser = browser_of(user)
    assert code(ask(browser, "post", "password", body)) == (400, expected)
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and ask(browser, "get", "preferences").status_code == 200


def test_guessing_the_password_is_slowed_down() -> None:
    browser = browser_of(make_user())
    answers = [ask(browser, "post", "password", {"current": "guess", "new": NEW}) for _ in range(10)]
    assert code(answers[-1]) == (429, "RATE_LIMITED")


# --- preferences, roles ---


def test_preferences_are_kept_for_the_user_on_every_device() -> None:
    user = make_user()
    phone, laptop = browser_of(user), browser_of(user)
    assert ask(phone, "get", "preferences").json() == {
        "language": "",
        "theme": "system",
        "units": "binary",
        "density": "comfortable",
    }
    assert ask(phone, "patch", "preferences", {"language": "zh-Hans"}).status_code == 200
    ask(phone, "patch", "preferences", {"theme": "dark"})
    chosen = ask(laptop, "get", "session").json()["user"]["preferences"]
    assert (chosen["language"], chosen["theme"], chosen["units"]) == ("zh-Hans", "dark", "binary")


@pytest.mark.parametrize("body", [{"theme": "pink"}, {"language": "tlh"}, {"density": 3}, {"units": None}, []])
def test_a_preference_that_does_not_exist_is_refused(body: object) -> None:
    assert code(ask(browser_of(make_user()), "patch", "preferences", body)) == (400, "INVALID_REQUEST")
    assert not Preferences.objects.exists()


def test_the_page_is_told_roles_and_preferences() -> None:
    browser = browser_of(make_user(groups=("operator",)))
    user = ask(browser, "get", "session").json()["user"]
    assert user["roles"] == ["operator", "viewer"] and user["preferences"]["theme"] == "system"


def test_the_group_admin_may_edit_in_the_admin() -> None:
    groups_ensure()
    allowed = Group.objects.get(name="admin").permissions.values_list("codename", flat=True)
    assert {"change_rule", "delete_token", "add_user"} <= set(allowed)


def test_a_token_seen_by_a_socket_counts_as_used() -> None:
    credential = token_of(make_user())
    assert look_up([credential]) and Token.objects.get().last_used_at


def test_a_forced_session_has_an_identity() -> None:
    credential = session_of(make_user())
    assert look_up([credential])[credential].username == "ada"
