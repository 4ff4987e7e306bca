"""What other hosts push: taken the same way as a local reading, refused as a whole when anything is wrong."""

from __future__ import annotations

import gzip
import json
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from metrics.ingest import messages, receive
from metrics.ingest.messages import Refused, readings_of, requests_of
from metrics.ingest.receive import Receiver
from metrics.models import Alert, Host, HostToken, ProcessSample, RequestBucket, Rule, Snapshot
from metrics.statistics.periods import window
from metrics.statistics.sketch import Sketch
from tests.support.readings import NOON
from tests.support.users import make_user, token_of

STATUS = {"cpuUsage": 12.5, "memoryUsage": 40, "diskUsage": 50.5}
HOUR = 3_600_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def key(settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A token of the host "far", in a process that has judged nothing yet, and is past its grace."""
    settings.PRESENCE_ALERT_GRACE = 0
    monkeypatch.setattr(receive, "_receiver", receive.Receiver(started=0.0))
    out = StringIO()
    call_command("host_token", "far", stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def push(key: str, body: Any, path: str = "status", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(
        f"/api/v1/ingest/{path}",
        data,
        content_type="application/json",
        headers={"Authorization": f"Token {key}", **headers},
    )


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


# --- what may be pushed. Pure ---


def read(body: Any, *, now: int = NOON) -> list[Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return readings_of(data, host="far", now=now, oldest=now - 168 * HOUR, at_most=100)


def test_one_a_list_and_a_batch_are_taken_oldest_first() -> None:
    late, soon = {**STATUS, "timestamp": NOON - 1000}, {**STATUS, "timestamp": NOON}
    assert [r.timestamp for r in read(STATUS)] == [NOON]
    assert [r.timestamp for r in read([soon, late])] == [NOON - 1000, NOON]
    assert [r.host for r in read({"readings": [soon, late], "sentAt": NOON + 4000})] == ["far", "far"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"cpuUsage": -1}, "cpuUsage"),
        ({"cpuUsage": 100.1}, "cpuUsage"),
        ({"cpuUsage": "12"}, "cpuUsage"),
        ({"cpuUsage": None}, "cpuUsage"),
        ({"activeConnections": 2**31}, "activeConnections"),
        ({"uptime": 1.5}, "uptime"),
        ({"version": "x" * 41}, "version"),
        ({"version": "1.0\0"}, "version"),
        ({"processes": [{"pid": 1, "name": "a\0b", "cpu": 1, "memory": 1}]}, "processes[0]"),
        ({"cpuPerCore": [1, 200]}, "cpuPerCore[1]"),
        ({"processes": [{"pid": 1}]}, "processes[0]"),
        ({"networkSent": -1}, "networkSent"),
        ({"timestamp": -5}, "timestamp"),
        ({"timestamp": 1e300}, "timestamp"),
    ],
)
def test_a_value_out_of_bounds_is_told_with_its_place(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Refused) as refused:
        read([STATUS, {**STATUS, **changes}])
    assert refused.value.details["index"] == 1 and where in refused.value.details["path"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"cpuUsage": NaN, "memoryUsage": 1, "diskUsage": 1}',
        b'{"cpuUsage": Infinity, "memoryUsage": 1, "diskUsage": 1}',
        b'{"cpuUsage": 1e999, "memoryUsage": 1, "diskUsage": 1}',
        b'{"memoryUsage": 1, "diskUsage": 1}',
        b'{"cpuUsage": 1, "memoryUsage": 1, "diskUsage": 1, "cpuUsagee": 1}',
        b"\xff\xfe",
        b"null",
        b"12",
        b'{"readings": 5}',
        b'{"readings": [], "other": 1}',
    ],
)
def test_what_is_no_reading_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(body)
    assert refused.value.code == "INVALID_REQUEST"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    try:
        read(body)
        requests_of(body, now=NOON, oldest=0)
    except Refused:
        pass


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**STATUS, "timestamp": NOON + 6000}, "FUTURE_TIMESTAMP"),
        ({**STATUS, "timestamp": NOON - 169 * HOUR}, "TOO_OLD"),
        ({**STATUS, "host": "another"}, "WRONG_HOST"),
        ({"readings": [STATUS], "sentAt": NOON - 60_000}, "CLOCK_SKEW"),
        ({"readings": [STATUS], "sentAt": NOON + 60_000}, "CLOCK_SKEW"),
        ([STATUS] * 101, "TOO_MANY"),
    ],
)
def test_times_hosts_and_numbers_are_checked(body: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(body)
    assert refused.value.code == code


def test_a_wrong_clock_is_told_by_how_much() -> None:
    with pytest.raises(Refused) as refused:
        read({"readings": [], "sentAt": NOON + 60_000})
    assert refused.value.details == {"serverTime": NOON, "skewMs": 60_000}


# --- status over HTTP ---


@pytest.mark.django_db(transaction=True)
def test_a_pushed_reading_goes_the_way_of_a_local_one(key: str) -> None:
    Rule.objects.all().delete()
    Rule.objects.create(component="cpu", warning_raise=70, for_seconds=0)
    process = {"pid": 1, "name": "init", "cpu": 1.5, "memory": 4096}
    answer = push(key, {**STATUS, "cpuUsage": 95, "processes": [process]}).json()
    assert (answer["accepted"], answer["ignored"]) == (1, 0) and abs(answer["serverTime"] - now_ms()) < 30_000
    row = Snapshot.objects.get()
    assert row.host.name == "far" and row.host.last_seen == row.timestamp
    assert ProcessSample.objects.get().processes == [process]
    assert Alert.objects.filter(host=row.host, ended_at=None).exists()


@pytest.mark.django_db
def test_pushing_again_stores_nothing_twice(key: str) -> None:
    now = now_ms()
    batch = [{**STATUS, "timestamp": now - n * 1000} for n in range(5)]
    assert push(key, batch).json()["ignored"] == 0
    assert push(key, [*batch, {**STATUS, "timestamp": now + 1000}]).json()["ignored"] == 5
    assert Snapshot.objects.count() == 6


@pytest.mark.django_db
def test_history_is_stored_but_neither_judged_nor_pushed(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[int] = []
    Rule.objects.create(component="cpu", warning_raise=70, for_seconds=0)
    monkeypatch.setattr("realtime.publisher.publish", lambda **event: pushed.append(event["position"]))
    now = now_ms()
    old = [{**STATUS, "cpuUsage": 99, "timestamp": now - 5 * HOUR + n * 1000} for n in range(3)]
    push(key, [*old, {**STATUS, "timestamp": now}])
    assert Snapshot.objects.count() == 4 and pushed == [now] and not Alert.objects.exists()


@pytest.mark.django_db
def test_one_wrong_reading_and_none_of_them_is_stored(key: str) -> None:
    response = push(key, [STATUS, {**STATUS, "cpuUsage": -1}, STATUS])
    assert code_of(response) == (400, "INVALID_REQUEST") and response.json()["error"]["details"]["index"] == 1
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_a_body_may_be_packed_but_not_a_bomb(key: str) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert push(key, gzip.compress(json.dumps(STATUS).encode()), **packed).status_code == 200
    assert code_of(push(key, gzip.compress(b" " * 50_000_000), **packed)) == (413, "TOO_LARGE")
    assert code_of(push(key, b"no gzip", **packed)) == (400, "INVALID_REQUEST")
    assert code_of(push(key, gzip.compress(json.dumps(STATUS).encode())[:-9], **packed)) == (400, "INVALID_REQUEST")


@pytest.mark.django_db
def test_ten_megabytes_are_too_large(key: str) -> None:
    assert code_of(push(key, b" " * 10_000_000)) == (413, "TOO_LARGE")


@pytest.mark.django_db
def test_only_a_token_of_a_host_may_push_and_it_may_do_nothing_else(key: str) -> None:
    ada = make_user(is_superuser=True)
    client = Client()
    client.force_login(ada)
    assert client.post("/api/v1/ingest/status", STATUS, content_type="application/json").status_code == 401
    assert push(token_of(ada).token or "", STATUS).status_code == 401
    assert push("phk_wrong", STATUS).status_code == 401
    mine = {"Authorization": f"Token {key}"}
    for path in ("/api/v1/hosts", "/api/v1/status", "/api/v1/history", "/metrics"):
        assert Client().get(path, headers=mine).status_code in (401, 403, 404), path


@pytest.mark.django_db
def test_a_revoked_token_is_refused_and_keys_are_not_kept(key: str) -> None:
    assert key not in json.dumps(list(HostToken.objects.values()))
    call_command("host_token", "far", "--revoke", stdout=StringIO())
    assert push(key, STATUS).status_code == 401


@pytest.mark.django_db
def test_who_pushes_too_often_is_told_to_wait(key: str, settings: Any) -> None:
    settings.PRESENCE_INGEST_PER_SECOND = 0.001
    answers = [push(key, []) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429] and "Retry-After" in answers[3].headers


@pytest.mark.django_db(transaction=True)
def test_what_the_database_does_not_take_is_refused_so_that_it_comes_again(key: str) -> None:
    sqlite = connection.vendor == "sqlite"
    off = "PRAGMA query_only = 1" if sqlite else "SET default_transaction_read_only = on"
    on = "PRAGMA query_only = 0" if sqlite else "SET default_transaction_read_only = off"
    HostToken.objects.update(used_at=now_ms())
    connection.cursor().execute(off)
    try:
        assert code_of(push(key, STATUS)) == (503, "UNAVAILABLE")
    finally:
        connection.cursor().execute(on)
    assert push(key, STATUS).json()["ignored"] == 0 and Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_two_processes_that_take_turns_see_what_the_other_took(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("realtime.publisher.publish", lambda **event: seen.append(event["data"].changes))
    one, other = Receiver(started=0), Receiver(started=0)
    for number, process in enumerate([one, other, one, other]):
        host = Host.objects.get(name="far")
        readings = read({**STATUS, "cpuUsage": number}, now=NOON + number * 1000)
        process.take(host=host, readings=readings, now=NOON + number * 1000)
    assert [[(c.field, c.old_value) for c in changes] for changes in seen[1:]] == [[("cpuUsage", n)] for n in range(3)]


# --- requests of applications ---


@pytest.mark.django_db
def test_an_application_hands_in_latencies_or_sketches(key: str) -> None:
    start = now_ms() // 10_000 * 10_000
    sketch = Sketch()
    sketch.extend([10.0, 20.0])
    one = {"start": start, "errors": 1, "latencies": [30.0, 40.0]}
    other = {"start": start, "sketch": {"bins": {str(k): n for k, n in sketch.bins().items()}}, "sum": 30}
    for _ in range(2):
        assert push(key, {"process": "a", "buckets": [one]}, "requests").status_code == 200
    assert push(key, {"process": "b", "buckets": [other]}, "requests").status_code == 200
    found = window(kind="http", now=start + 5000, length=60_000, source="far")
    assert (found.total, found.error, found.sum) == (4, 1, 100.0)
    assert found.quantile(1.0) == pytest.approx(40, rel=0.011)


@pytest.mark.parametrize(
    "changes",
    [
        {"start": NOON + 1},
        {"start": NOON - 2 * HOUR},
        {"start": NOON + HOUR},
        {"errors": 3},
        {"latencies": [-1]},
        {"latencies": [1e10]},
        {"latencies": ["x"]},
        {"sketch": {"bins": {}}},
        {"other": 1},
    ],
)
def test_wrong_buckets_are_refused(changes: dict[str, Any]) -> None:
    bucket = {"start": NOON, "errors": 0, "latencies": [1.0], **changes}
    with pytest.raises(Refused):
        requests_of(json.dumps({"process": "a", "buckets": [bucket]}).encode(), now=NOON, oldest=NOON - HOUR)


@pytest.mark.parametrize(
    "sketch", [{"bins": {"99999": 1}}, {"bins": {"-99999": 1}}, {"bins": {"1": 0}}, {"bins": {"x": 1}}, {}]
)
def test_wrong_sketches_are_refused(sketch: dict[str, Any]) -> None:
    bucket = {"start": NOON, "sketch": sketch, "sum": 1}
    with pytest.raises(Refused):
        requests_of(json.dumps({"process": "a", "buckets": [bucket]}).encode(), now=NOON, oldest=NOON - HOUR)


@pytest.mark.django_db
def test_wrong_buckets_leave_nothing_behind(key: str) -> None:
    start = now_ms() // 10_000 * 10_000
    good = {"start": start, "latencies": [1.0]}
    body = {"process": "a", "buckets": [good, {"start": start - 10_000, "latencies": [-1]}]}
    assert code_of(push(key, body, "requests")) == (400, "INVALID_REQUEST")
    assert not RequestBucket.objects.filter(source="far").exists()
    assert messages.FUTURE_MS < 10_000
