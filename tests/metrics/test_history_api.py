"""The history over HTTP: ranges, pages, exports, processes, hosts, and what is answered without a database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError
from django.test import Client

from metrics import services
from metrics.api.answers import Remembered, remembered
from metrics.history import export
from metrics.history.rollup import host_roll
from metrics.messages import Process
from metrics.models import Alert, Host
from metrics.signals import now_ms
from presence_site.api import ApiError
from tests.support.readings import NOON, make_reading
from tests.support.users import make_user

pytestmark = pytest.mark.django_db
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    remembered.clear()


@pytest.fixture
def ada() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


@pytest.fixture
def host() -> Host:
    """Fifty minutes of readings, one in ten seconds."""
    host = services.host_ensure(name="a")
    readings = [make_reading(NOON + n * 10_000, cpu=n / 10, load1=None) for n in range(300)]
    services.snapshots_store(host=host, readings=readings)
    host_roll(host=host.pk, now=NOON + HOUR)
    return host


def text_of(response: Any) -> str:
    async def collect() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(collect)().decode()


def get(client: Client, path: str, **query: Any) -> Any:
    response = client.get(f"/api/v1{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_range_says_which_tier_it_is_from(ada: Client, host: Host) -> None:
    query: dict[str, Any] = {"from": NOON, "to": NOON + 3_000_000, "host": "a"}
    assert [get(ada, "/history", **query, points=points)["tier"] for points in (720, 300, 50, 10)] == [
        "raw",
        "10s",
        "1m",
        "5m",
    ]


def test_a_range_can_be_of_some_series(ada: Client, host: Host) -> None:
    query: dict[str, Any] = {"from": NOON, "to": NOON + HOUR, "series": "cpuUsage, diskUsage"}
    assert list(get(ada, "/history", **query)["series"]) == ["cpuUsage", "diskUsage"]
    refused = ada.get("/api/v1/history", {"series": "cpuUsage,weather"})
    assert refused.status_code == 400 and "memoryUsage" in refused.json()["error"]["message"]


def test_an_unchanged_range_is_not_sent_again(ada: Client, host: Host) -> None:
    query: dict[str, Any] = {"from": NOON, "to": NOON + HOUR}
    first = ada.get("/api/v1/history", query)
    again = ada.get("/api/v1/history", query, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in first.headers["Cache-Control"]


def test_readings_come_page_by_page_newest_first(ada: Client, host: Host) -> None:
    found, url = [], f"/api/v1/history/readings?host=a&from={NOON + 100_000}&to={NOON + 200_000}&limit=4"
    while url:
        page = ada.get(url).json()
        found += [reading["timestamp"] for reading in page["results"]]
        url = page["next"]
    assert found == [NOON + n * 10_000 for n in range(19, 9, -1)]


def test_an_export_as_csv_has_every_reading(ada: Client, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 7)
    response = ada.get(f"/api/v1/history/export?host=a&from={NOON}&to={NOON + HOUR}&format=csv")
    rows = list(csv.DictReader(io.StringIO(text_of(response))))
    assert [int(row["timestamp"]) for row in rows] == [NOON + n * 10_000 for n in range(300)]
    assert rows[1]["cpuUsage"] == "0.1" and rows[1]["load1"] == "" and rows[0]["time"].endswith("Z")
    assert "attachment" in response.headers["Content-Disposition"]


def test_an_export_as_json_is_one_array(ada: Client, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 100)
    query: dict[str, Any] = {"host": "a", "from": NOON, "to": NOON + HOUR, "format": "json", "step": "1m"}
    rows = json.loads(text_of(ada.get("/api/v1/history/export", query)))
    assert sum(row["count"] for row in rows) == 300
    assert rows[0]["cpuUsage.min"] <= rows[0]["cpuUsage.avg"] <= rows[0]["cpuUsage.max"]
    assert json.loads(text_of(ada.get("/api/v1/history/export", {**query, "to": 1, "from": 0}))) == []


def test_alerts_are_exported_too_and_no_text_is_a_formula(ada: Client, host: Host) -> None:
    values: dict[str, Any] = {"component": "cpu", "level": "warning", "threshold": 70, "current_value": 80}
    Alert.objects.create(host=host, message="=cmd|'/c calc'!A1", started_at=NOON + 5, **values)
    query: dict[str, Any] = {"type": "health", "from": NOON, "to": NOON + HOUR}
    assert "'=cmd" in text_of(ada.get("/api/v1/history/export", query))
    assert json.loads(text_of(ada.get("/api/v1/history/export", {**query, "format": "json"})))[0]["level"] == "warning"
    assert text_of(ada.get("/api/v1/history/export", {**query, "type": "stats"})).startswith("timestamp,")


async def test_an_export_reads_a_page_when_it_is_asked_for() -> None:
    asked: list[Any] = []

    def read(key: int | None) -> tuple[list[export.Row], int | None]:
        asked.append(key)
        return [(0,)] * 10, len(asked)

    pages = export.pages(read)
    for count in range(1, 5):
        await anext(pages)
        assert len(asked) == count


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/history/export?format=xml", "format"),
        ("/history/export?step=2m", "step"),
        ("/history/export?from=5&to=4", "from"),
        ("/history/readings?from=never", "from"),
        ("/processes?at=-1", "at"),
        ("/processes?at=1e99", "at"),
    ],
)
def test_a_wrong_question_is_told_which_part(ada: Client, host: Host, path: str, field: str) -> None:
    response = ada.get(f"/api/v1{path}")
    assert response.status_code == 400 and field in response.json()["error"]["details"]


def test_nothing_is_open_to_strangers(host: Host) -> None:
    for path in ("/history", "/history/readings", "/history/export", "/processes", "/hosts", "/stats", "/status"):
        assert Client().get(f"/api/v1{path}").status_code == 401, path


def test_processes_of_the_past_are_those_of_the_last_look(ada: Client, host: Host) -> None:
    looks = [make_reading(NOON + HOUR + n * 5000, processes=[Process(n, "init", 1.0, 10)]) for n in range(3)]
    services.snapshots_store(host=host, readings=looks)
    assert get(ada, "/processes", host="a", at=NOON + HOUR + 9_999)["processes"][0]["pid"] == 1
    assert get(ada, "/processes", host="a")["timestamp"] == NOON + HOUR + 10_000
    assert ada.get(f"/api/v1/processes?host=a&at={NOON}").json()["error"]["code"] == "NO_DATA"


def test_hosts_come_with_their_newest_status_and_worst_alert(ada: Client, host: Host) -> None:
    quiet = services.host_ensure(name="b")
    values: dict[str, Any] = {"component": "cpu", "message": "hot", "threshold": 1, "current_value": 2}
    Alert.objects.create(host=host, level="critical", started_at=NOON, **values)
    Alert.objects.create(host=host, level="warning", started_at=NOON, **values)
    Alert.objects.create(host=quiet, level="critical", started_at=NOON, ended_at=NOON, **values)
    first, second = get(ada, "/hosts")["results"]
    assert first["status"]["cpuUsage"] == 29.9 and first["level"] == "critical" and not first["online"]
    assert (second["status"], second["level"], second["kind"]) == (None, "", "machine")


def test_while_the_database_is_gone_the_last_answer_is_given_as_stale(ada: Client, host: Host) -> None:
    asked = Remembered()
    assert asked.answer("a", lambda: {"n": 1, "stale": False}) == {"n": 1, "stale": False}

    def gone() -> dict[str, Any]:
        raise DatabaseError("gone")

    assert asked.answer("a", gone) == {"n": 1, "stale": True}
    with pytest.raises(ApiError) as refused:
        asked.answer("b", gone)
    assert refused.value.status_code == 503


def test_while_the_database_is_gone_a_range_of_the_past_is_not_answered_with_another(
    ada: Client, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(query: dict[str, Any]) -> dict[str, Any]:
        raise DatabaseError("gone")

    now = now_ms()
    past: dict[str, Any] = {"host": "a", "from": NOON, "to": NOON + HOUR}
    live: dict[str, Any] = {"host": "a", "from": now - HOUR, "to": now}
    first = get(ada, "/history", **past), get(ada, "/history", **live)
    monkeypatch.setattr("metrics.api.history._status", gone)
    assert get(ada, "/history", **past) == {**first[0], "stale": True}
    assert get(ada, "/history", **{**live, "from": now - HOUR + 5000, "to": now + 5000})["from"] == first[1]["from"]
    other = ada.get("/api/v1/history", {**past, "from": NOON + HOUR, "to": NOON + 2 * HOUR})
    assert other.status_code == 503 and other.json()["error"]["code"] == "UNAVAILABLE"


def test_an_answer_that_an_edit_made_wrong_is_forgotten() -> None:
    asked, reads = Remembered(), iter(range(9))
    for expected in (0, 0):
        assert asked.answer("a", lambda: {"n": next(reads)}, fresh=60) == {"n": expected}
    asked.forget("a")
    asked.forget("b")
    assert asked.answer("a", lambda: {"n": next(reads)}, fresh=60) == {"n": 1}


def test_a_fresh_answer_is_not_read_again() -> None:
    asked, reads = Remembered(size=2 * len(b'{"n":0}')), iter(range(9))
    for _ in range(3):
        assert asked.answer("a", lambda: {"n": next(reads)}, fresh=60) == {"n": 0}
    for key in "bcd":
        asked.answer(key, lambda: {"n": next(reads)})
    assert asked.answer("a", lambda: {"n": next(reads)}, fresh=60) == {"n": 4}


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read exports in the test's own transaction: another thread would not see it."""
    monkeypatch.setattr(export, "sync_to_async", lambda call, thread_sensitive: sync_to_async(call))
    yield
