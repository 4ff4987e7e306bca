"""Who is who while the database can't say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, Error, InterfaceError, OperationalError
from django.test import Client

from accounts.outage import SECONDS, Outage
from metrics.api.answers import remembered
from tests.support.users import make_user, token_of

GET: Any = SimpleNamespace(method="GET")
POST: Any = SimpleNamespace(method="POST")


def gone() -> Any:
    raise DatabaseError("gone")


def refused() -> Any:
    raise ValueError


def test_what_was_known_lately_stands_in_for_looking_only() -> None:
    now = [0.0]
    outage = Outage(clock=lambda: now[0])
    with pytest.raises(DatabaseError):
        outage.ask(GET, "a", gone)
    assert outage.ask(GET, "a", lambda: ("ada", None)) == outage.ask(GET, "a", gone) == ("ada", None)
    for request, key in ((POST, "a"), (GET, "b")):
        with pytest.raises(DatabaseError):
            outage.ask(request, key, gone)
    now[0] = SECONDS + 1
    with pytest.raises(DatabaseError):
        outage.ask(GET, "a", gone)


def test_a_connection_that_broke_is_an_outage_and_no_refusal() -> None:
    def broken() -> Any:
        raise InterfaceError("the connection is closed")

    outage = Outage()
    outage.ask(GET, "a", lambda: ("ada", None))
    assert outage.ask(GET, "a", broken) == outage.ask(GET, "a", gone) == ("ada", None)
    with pytest.raises(Error):
        outage.ask(POST, "a", broken)


def test_who_was_refused_is_forgotten() -> None:
    outage = Outage()
    outage.ask(GET, "a", lambda: ("ada", None))
    with pytest.raises(ValueError):
        outage.ask(GET, "a", refused)
    with pytest.raises(DatabaseError):
        outage.ask(GET, "a", gone)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["token", "session"])
def test_hosts_are_still_shown_and_marked_as_stale(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered.clear()
    client, headers = Client(), {}
    if way == "token":
        headers = {"Authorization": f"Token {token_of(make_user()).token}"}
    else:
        client.force_login(make_user())
    assert client.get("/api/v1/stats", headers=headers).json()["stale"] is False
    monkeypatch.setattr("metrics.views.FRESH_SECONDS", 0.0)

    def broken(*_: Any, **__: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", broken)
    monkeypatch.setattr("django.db.backends.utils.CursorWrapper._execute_with_wrappers", broken)
    assert client.get("/api/v1/stats", headers=headers).json()["stale"] is True
    for path in ("history/readings", "rules", "silences"):
        answer = client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "UNAVAILABLE", path
