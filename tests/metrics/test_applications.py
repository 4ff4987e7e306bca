"""The middleware in docs/applications.md, as it stands there, against a real server."""

from __future__ import annotations

import re
import time
import urllib.error
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from metrics.statistics.periods import window

DOCS = Path(__file__).resolve().parents[2] / "docs" / "applications.md"


@pytest.fixture(scope="module")
def presence() -> Any:
    """The code of the page as a module."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    assert code is not None
    names: dict[str, Any] = {"__name__": "presence"}
    exec(compile(code[1], str(DOCS), "exec"), names)
    return SimpleNamespace(**names)


@pytest.fixture
def token() -> str:
    out = StringIO()
    call_command("host_token", "shop", "--kind", "service", stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def pushed() -> Any:
    return window(kind="http", now=time.time_ns() // 1_000_000, length=60_000, source="shop")


def wsgi(environ: dict[str, str], start_response: Any) -> list[bytes]:
    start_response(environ["STATUS"], [])
    return [b""]


@pytest.mark.django_db(transaction=True)
def test_requests_of_a_wsgi_application_arrive_once(presence: Any, live_server: Any, token: str) -> None:
    app = presence.PresenceWSGI(wsgi, live_server.url, token)
    for status in ("200 OK", "404 Not Found", "500 Internal Server Error"):
        assert app({"STATUS": status}, lambda *_: None) == [b""]
    for _ in range(2):
        app.statistics.push()
    found = pushed()
    assert (found.total, found.error) == (3, 1) and found.quantile(0.5) > 0


@pytest.mark.django_db(transaction=True)
def test_requests_of_two_processes_of_an_asgi_application_add_up(presence: Any, live_server: Any, token: str) -> None:
    from asgiref.sync import async_to_sync

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/broken":
            raise ValueError
        await send({"type": "http.response.start", "status": 200})

    async def send(message: Any) -> None:
        pass

    for _ in range(2):
        process = presence.PresenceASGI(app, live_server.url, token)
        async_to_sync(process)({"type": "http", "path": "/"}, None, send)
        with pytest.raises(ValueError):
            async_to_sync(process)({"type": "http", "path": "/broken"}, None, send)
        process.statistics.push()
    assert (pushed().total, pushed().error) == (4, 2)


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_sent_is_sent_later(presence: Any, live_server: Any, token: str) -> None:
    statistics = presence.Statistics(live_server.url, "phk_wrong")
    statistics.record(5.0)
    with pytest.raises(urllib.error.HTTPError):
        statistics.push()
    statistics.token = token
    statistics.push()
    assert pushed().total == 1 and pushed().quantile(1.0) == pytest.approx(5.0, rel=0.01)
