"""Sessions over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from collab import chat, runs, services, updates
from collab.models import Invite, Member, Role, Run, Session
from tests.support.users import make_user

pytestmark = pytest.mark.django_db
CONTEXT = {"alertId": 7, "host": "db-1", "component": "cpu", "level": "critical", "message": "CPU is above 90 %"}
RANGE = {"from": 1_700_000_000_000, "to": 1_700_000_600_000}


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def made(user: User, **values: Any) -> str:
    answer = api(user).post("/api/v1/sessions", values, format="json")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_session_from_an_alert_carries_it_with_its_chart_and_time(ada: User) -> None:
    session = api(ada).get(f"/api/v1/sessions/{made(ada, context={**CONTEXT, **RANGE, 'metric': 'cpuUsage'})}").json()
    assert session["title"] == "CPU is above 90 %" and session["role"] == "owner"
    assert session["context"] == {**CONTEXT, **RANGE, "metric": "cpuUsage"}
    kinds = [entry["kind"] for entry in timeline(ada, session["id"])]
    assert kinds == ["created", "alert"]


def timeline(user: User, session_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api(user).get(f"/api/v1/sessions/{session_id}/timeline").json()["results"]
    return found


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x" * 201},
        {"title": 7, "context": 7},
        {"query": "x" * 200_001},
        {"context": {"alertId": "seven"}},
        {"context": {"from": 2, "to": 1}},
        {"context": {"level": "purple"}},
        {"title": "nul \x00"},
    ],
)
def test_bad_input_makes_no_session(ada: User, body: dict[str, Any]) -> None:
    assert code(api(ada).post("/api/v1/sessions", body, format="json")) == (400, "INVALID_REQUEST")
    assert not Session.objects.exists()


def test_sessions_are_found_by_title_query_and_host(ada: User, bob: User) -> None:
    one = made(ada, title="Slow disk", query="select cpu from status_history")
    two = made(ada, context=CONTEXT)
    made(bob, title="Slow disk of somebody else")
    for words, found in (("slow", [one]), ("STATUS_HISTORY", [one]), ("db-1", [two]), ("above cpu", [two]), ("x", [])):
        results = api(ada).get("/api/v1/sessions", {"q": words}).json()["results"]
        assert [session["id"] for session in results] == found, words


def test_the_list_comes_by_pages_and_an_administrator_sees_all(ada: User) -> None:
    for number in range(3):
        made(ada, title=str(number))
    root = make_user("root", is_superuser=True)
    page = api(root).get("/api/v1/sessions", {"limit": 2}).json()
    assert len(page["results"]) == 2 and page["next"]
    assert len(api(root).get(page["next"]).json()["results"]) == 1


def test_an_owner_renames_and_archives_and_an_editor_does_not(ada: User, bob: User) -> None:
    session_id = made(ada)
    path = f"/api/v1/sessions/{session_id}"
    assert api(ada).post(f"{path}/members", {"username": "bob", "role": "editor"}, format="json").status_code == 201
    assert code(api(bob).patch(path, {"title": "mine"}, format="json")) == (403, "NOT_ALLOWED")
    body = api(ada).patch(path, {"title": "Disk", "archived": True}, format="json").json()
    assert body["title"] == "Disk" and body["archived"] is True
    assert code(api(ada).post(f"{path}/invites", {"role": "viewer"}, format="json")) == (409, "SESSION_ARCHIVED")
    api(ada).patch(path, {"archived": False}, format="json")
    kinds = [entry["kind"] for entry in timeline(ada, session_id)]
    assert kinds == ["created", "member_added", "renamed", "archived", "reopened"]


def test_a_session_keeps_an_owner(ada: User, bob: User) -> None:
    path = f"/api/v1/sessions/{made(ada)}/members"
    assert code(api(ada).delete(f"{path}/{ada.pk}")) == (409, "LAST_OWNER")
    assert code(api(ada).patch(f"{path}/{ada.pk}", {"role": "viewer"}, format="json")) == (409, "LAST_OWNER")
    api(ada).post(path, {"username": "bob", "role": "owner"}, format="json")
    assert api(ada).delete(f"{path}/{ada.pk}").status_code == 204
    assert code(api(ada).get(path)) == (404, "UNKNOWN_SESSION")


def test_members_are_let_in_once_and_by_their_name(ada: User, bob: User) -> None:
    path = f"/api/v1/sessions/{made(ada)}/members"
    assert code(api(ada).post(path, {"username": "nobody", "role": "viewer"}, format="json")) == (400, "UNKNOWN_USER")
    assert api(ada).post(path, {"username": "bob", "role": "viewer"}, format="json").status_code == 201
    assert code(api(ada).post(path, {"username": "bob", "role": "owner"}, format="json")) == (409, "ALREADY_MEMBER")
    people = api(bob).get(path).json()["results"]
    assert [person["name"] for person in people] == ["ada", "bob"] and people[0]["color"] != people[1]["color"]


def test_an_invitation_keeps_no_token_and_never_lowers_a_role(ada: User, bob: User) -> None:
    path = f"/api/v1/sessions/{made(ada)}/invites"
    invite = api(ada).post(path, {"role": "editor"}, format="json").json()
    assert invite["token"] not in str(Invite.objects.values())
    assert "token" not in api(ada).get(path).json()["results"][0]
    for user, role in ((bob, "editor"), (bob, "editor"), (ada, "owner")):
        body = api(user).post("/api/v1/sessions/join", {"token": invite["token"]}, format="json").json()
        assert body["role"] == role
    assert Invite.objects.get().uses == 1


def test_an_invitation_that_has_expired_lets_nobody_in(ada: User, bob: User) -> None:
    path = f"/api/v1/sessions/{made(ada)}/invites"
    token = api(ada).post(path, {"role": "editor"}, format="json").json()["token"]
    Invite.objects.update(expires_at=1)
    answer = api(bob).post("/api/v1/sessions/join", {"token": token}, format="json")
    assert code(answer) == (410, "INVITE_EXPIRED") and not Member.objects.filter(user=bob).exists()


@pytest.mark.parametrize(
    "values", [{"role": "owner"}, {"role": "viewer", "expiresInHours": 1e9}, {"role": "viewer", "maxUses": 0}]
)
def test_no_invitation_is_made_of_bad_input(ada: User, values: dict[str, Any]) -> None:
    answer = api(ada).post(f"/api/v1/sessions/{made(ada)}/invites", {"role": "viewer", **values}, format="json")
    assert code(answer) == (400, "INVALID_REQUEST")


def test_the_chat_is_read_backwards_by_pages(ada: User) -> None:
    session_id = made(ada)
    session = Session.objects.get()
    for number in range(5):
        chat.message_add(session_id=session.pk, author=ada, key=f"m{number}", content=str(number), links=[])
    page = api(ada).get(f"/api/v1/sessions/{session_id}/messages", {"limit": 2}).json()
    assert [message["content"] for message in page["results"]] == ["3", "4"]
    before = api(ada).get(f"/api/v1/sessions/{session_id}/messages", {"limit": 3, "before": page["next"]}).json()
    assert [message["content"] for message in before["results"]] == ["0", "1", "2"] and before["next"] is None


@pytest.mark.parametrize(("language", "words"), [("en", "## Timeline"), ("zh", "## 时间线")])
def test_the_report_tells_it_all_and_takes_nothing_for_markup(ada: User, language: str, words: str) -> None:
    session_id = made(ada, title="# <b>", query="select `a` -- ```", context={**CONTEXT, **RANGE})
    session = Session.objects.get()
    services.invite_create(session=session, user=ada, role=Role.VIEWER, hours=1)
    link = {"kind": "chart", "host": "db-1", "metric": "cpuUsage", **RANGE, "label": ""}
    chat.message_add(session_id=session.pk, author=ada, key="m", content="[x](http://evil)\nsecond", links=[link])
    run: dict[str, Any] = {"session_id": session.pk, "user": ada, "execution_id": "e"}
    runs.run_start(**run, share="secret", query="select 1", source="")
    runs.run_finish(**run, status="failed", rows=0, elapsed_ms=5, error="no such table")
    answer = api(ada).get(f"/api/v1/sessions/{session_id}/export", {"language": language, "timezone": "Asia/Shanghai"})
    text = answer.content.decode()
    assert words in text and "no such table" in text and "secret" not in text and "Asia/Shanghai" in text
    assert "\\# \\<b\\>" in text and "\\[x\\](http://evil)" in text and "````sql\nselect `a` -- ```\n````" in text
    assert "cpuUsage" in text and "attachment" in answer["Content-Disposition"]


def test_the_share_of_a_run_is_for_members_and_not_for_who_reads_the_database(ada: User, settings: Any) -> None:
    session_id = made(ada)
    session = Session.objects.get()
    runs.run_start(session_id=session.pk, user=ada, execution_id="e", share="secret", query="select 1", source="")
    assert "secret" not in Run.objects.get().share
    path = f"/api/v1/sessions/{session_id}/runs"
    assert api(ada).get(path).json()["results"][0]["share"] == "secret"
    settings.SECRET_KEY = "another"
    assert api(ada).get(path).json()["results"][0]["share"] is None


def test_a_strange_time_zone_is_a_bad_request(ada: User) -> None:
    path = f"/api/v1/sessions/{made(ada)}/export"
    for zone in ("Mars/Base", "../../etc/passwd", "\x00"):
        assert code(api(ada).get(path, {"timezone": zone})) == (400, "INVALID_REQUEST")


def test_a_character_that_postgresql_cannot_store_is_left_out(ada: User) -> None:
    session = Session.objects.get(pk=made(ada))
    message, _ = chat.message_add(session_id=session.pk, author=ada, key="m", content="a\x00b", links=[])
    assert message.content == "ab"
    updates.text_store(session_id=session.pk, text="select\x00 1", author=ada.pk)
    assert Session.objects.get().text == "select 1"
