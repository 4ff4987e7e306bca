"""The console over HTTP: saved queries, sources, schema, examples, records."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from queries.friendly import VIEWS
from queries.models import Execution, SavedQuery, Source
from queries.services import executions_sweep
from tests.support.users import make_user

pytestmark = pytest.mark.django_db
BASE = "/api/v1/queries"
NOBODYS = "00000000-0000-0000-0000-000000000000"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada() -> Client:
    """An administrator."""
    return client_of(make_user("ada", is_superuser=True, is_staff=True))


@pytest.fixture
def ana() -> Client:
    """An analyst."""
    return client_of(make_user("ana", groups=("analyst",)))


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{BASE}/{path}", body or {}, content_type="application/json")


@pytest.mark.parametrize(
    "path", ["sources", "schema", "examples", "limits", "executions", "saved", f"executions/{NOBODYS}"]
)
def test_only_analysts_look(path: str) -> None:
    assert Client().get(f"{BASE}/{path}").status_code == 401
    assert client_of(make_user("vic", groups=("operator",))).get(f"{BASE}/{path}").status_code == 403


def test_a_saved_query_is_kept_changed_and_forgotten(ana: Client) -> None:
    made = post(ana, "saved", {"name": "n", "query": "SELECT :a", "parameters": [{"name": "a", "default": 1}]})
    assert made.status_code == 201 and made.json()["parameters"] == [{"name": "a", "type": "text", "default": 1}]
    path = f"{BASE}/saved/{made.json()['id']}"
    changed = ana.patch(path, {"shared": True}, content_type="application/json")
    assert changed.json()["shared"] is True and changed.json()["query"] == "SELECT :a"
    assert [one["name"] for one in ana.get(f"{BASE}/saved").json()["results"]] == ["n"]
    assert ana.delete(path).status_code == 204 and ana.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "query": "x"},
        {"name": "n", "query": "x" * 200_000},
        {"name": "n", "query": "x", "source": 99},
        {"name": "n", "query": "x", "source": "y"},
        {"name": "n", "query": "x", "parameters": [{"name": "a b"}]},
        {"name": "n", "query": "x", "parameters": [{"name": "a", "default": {"b": 1}}]},
        {"name": "n", "query": "x", "parameters": "a"},
        [],
        "x",
    ],
)
def test_a_bad_saved_query_is_refused(ana: Client, body: Any) -> None:
    answer = post(ana, "saved", body)
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert SavedQuery.objects.count() == 0


def test_others_see_a_saved_query_only_when_it_is_shared_and_never_change_it(ana: Client) -> None:
    bob = client_of(make_user("bob", groups=("analyst",)))
    id = post(ana, "saved", {"name": "n", "query": "SELECT 1"}).json()["id"]
    assert bob.get(f"{BASE}/saved/{id}").status_code == 404
    share = post(ana, f"saved/{id}/share").json()
    assert share["link"] == f"/console#saved={share['share']}"
    assert post(bob, "saved/open", {"share": share["share"]}).json()["query"] == "SELECT 1"
    assert post(bob, "saved/open", {"share": "x"}).status_code == 403
    SavedQuery.objects.update(shared=True)
    assert bob.get(f"{BASE}/saved/{id}").json()["mine"] is False
    assert bob.delete(f"{BASE}/saved/{id}").status_code == 403


def test_a_source_is_kept_encrypted_and_never_shown(ada: Client, ana: Client, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").execute("CREATE TABLE t (a INTEGER, b TEXT)")
    url = f"sqlite:///{tmp_path}/x.db"
    assert post(ana, "sources", {"name": "x", "url": url}).status_code == 403
    made = post(ada, "sources", {"name": "x", "url": url, "group": "analyst"})
    assert made.status_code == 201 and "url" not in made.json()
    assert str(tmp_path) not in Source.objects.get().url
    assert [one["name"] for one in ana.get(f"{BASE}/sources").json()["results"]] == ["history", "x"]
    assert post(ada, "sources", {"name": "x", "url": url}).status_code == 409
    Source.objects.update(group=make_user("other", groups=("others",)).groups.get())
    assert [one["name"] for one in ana.get(f"{BASE}/sources").json()["results"]] == ["history"]
    assert ana.get(f"{BASE}/schema?source={made.json()['id']}").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "sqlite:///relative.db",
        "sqlite:////no/such/file.db",
        "mysql://a/b",
        "postgresql://[bad",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_none_is_refused(ada: Client, url: str) -> None:
    assert post(ada, "sources", {"name": "x", "url": url}).status_code == 400
    assert Source.objects.count() == 0


def test_our_own_database_is_no_source(ada: Client, tmp_path: Path) -> None:
    own = Path(django_settings.DATA_DIR) / "secret_key"
    link = tmp_path / "link.db"
    link.symlink_to(own)
    for path in (own, link):
        answer = post(ada, "sources", {"name": "x", "url": f"sqlite:///{path}"})
        assert answer.status_code == 400 and "own database" in answer.json()["error"]["message"]


def test_the_schema_names_every_view_with_types_units_and_both_languages(ana: Client) -> None:
    found = ana.get(f"{BASE}/schema").json()
    assert [relation["name"] for relation in found["relations"]] == [view.name for view in VIEWS]
    assert {"hosts", "status_history", "request_stats", "alerts"} <= {view.name for view in VIEWS}
    for relation in found["relations"]:
        assert all(column["type"] and column["description"]["zh-hans"] for column in relation["columns"])
    assert "percentile" in found["functions"] or found["dialect"] == "postgresql"


def test_the_limits_are_told(ana: Client) -> None:
    found = ana.get(f"{BASE}/limits").json()
    assert found["timeoutMs"] == 30_000 and found["maxRows"] == 100_000


def make_execution(user: User, **values: Any) -> Execution:
    return Execution.objects.create(user=user, username=user.username, query="SELECT 1", process="p", **values)


def test_people_see_their_own_runs_and_administrators_everybodys(ada: Client, ana: Client) -> None:
    run = make_execution(User.objects.get(username="ana"), state="completed")
    make_execution(User.objects.get(username="ada"), state="failed", error_code="X")
    assert len(ana.get(f"{BASE}/executions").json()["results"]) == 1
    assert ana.get(f"{BASE}/executions?scope=all").status_code == 403
    everybodys = ada.get(f"{BASE}/executions?scope=all").json()["results"]
    assert {one["user"] for one in everybodys} == {"ana", "ada"}
    assert [one["state"] for one in ada.get(f"{BASE}/executions?scope=all&user=ana&q=select").json()["results"]] == [
        "completed"
    ]
    assert ada.get(f"{BASE}/executions?scope=all&q=nothing").json()["results"] == []
    assert ana.get(f"{BASE}/executions/{run.id}/export").status_code == 410
    other = client_of(make_user("bob", groups=("analyst",)))
    for path in ("", "/export"):
        assert other.get(f"{BASE}/executions/{run.id}{path}").status_code == 404
    assert post(other, f"executions/{run.id}/share").status_code == 404


@pytest.mark.parametrize("query", ["state=x", "from=x", "to=-1", "scope=x", "limit=x", "cursor=x"])
def test_bad_filters_are_refused_or_ignored_but_never_an_error(ana: Client, query: str) -> None:
    assert ana.get(f"{BASE}/executions?{query}").status_code in (200, 400, 404)


def test_the_sweep_closes_what_the_dead_left_open_and_nothing_else() -> None:
    user = make_user("ana")
    now = 10**15
    dead = make_execution(user, state="running", alive_until=1)
    other = make_execution(user, state="queued", alive_until=now)
    mine = Execution.objects.create(username="ana", query="x", process="me", alive_until=1)
    old = make_execution(user, state="completed", started_at=1)
    assert executions_sweep({str(mine.id)}, "me", 90) == 1
    states = {row.pk: row.state for row in Execution.objects.all()}
    assert states == {dead.pk: "failed", other.pk: "queued", mine.pk: "running"}
    assert old.pk not in states
