"""One sample of ``history.py``, in a process of its own: ``python -m bench.history_sample chart``. Prints JSON."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presence_site.settings")

import django

django.setup()

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from metrics.history import demo, ranges, sql
from metrics.history.rollup import host_roll
from metrics.history.tiers import BY_NAME, DAY, HOUR, MINUTE, RAW, SECOND
from metrics.ingest.messages import readings_of
from metrics.ingest.receive import Receiver
from metrics.ingest.tokens import host_token_create
from metrics.models import Host
from metrics.pipeline import Pipeline

COLUMNS = list(ranges.SERIES.values())


def _timed(work: Callable[[], Any], count: int, *, warm: int = 3) -> dict[str, float]:
    for _ in range(warm):
        work()
    walls, cpus = [], []
    for _ in range(count):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        cpus.append((time.process_time() - cpu) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
    walls.sort()
    return {"p95": walls[int(0.95 * (len(walls) - 1))], "p50": median(walls), "cpu": median(cpus)}


def _host() -> Host:
    return Host.objects.get(name="demo-01")


def chart() -> dict[str, float]:
    """Return the time of whole requests for 30 days of one host."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get_or_create(username="bench")[0])
    now = _host().last_seen
    query = {"host": "demo-01", "from": str(now - 30 * DAY), "to": str(now), "points": "720"}

    def ask() -> None:
        response = client.get("/api/v1/history", query)
        assert response.status_code == 200 and len(response.content) > 50_000, response.content[:200]

    return _timed(ask, 40)


def _grouped(tier: str, length: int, step: int) -> dict[str, float]:
    host = _host()

    def ask() -> None:
        with connection.cursor() as cursor:
            rows = [host.pk, host.last_seen - length, host.last_seen]
            cursor.execute(sql.read(BY_NAME[tier], COLUMNS, step), rows)
            assert len(cursor.fetchall()) >= 700

    return _timed(ask, 10)


def minutes() -> dict[str, float]:
    """Return the time of the same chart straight from one-minute buckets."""
    return _grouped("1m", 30 * DAY, HOUR)


def readings() -> dict[str, float]:
    """Return the time of a chart of one day straight from the readings."""
    return _grouped("raw", DAY, 2 * MINUTE)


def _rows(machine: demo.Machine, start: int, count: int) -> list[Any]:
    from metrics.messages import SystemStatus

    found = []
    for row in machine.readings(host=0, start=start, end=start + count * SECOND, interval=SECOND):
        values = dict(zip(demo._reading_order(), row, strict=True))
        values.pop("host_id")
        values["cpu_per_core"] = json.loads(values["cpu_per_core"])
        found.append(SystemStatus(host="tick", system_online=True, version="0", **values))
    return found


def tick() -> dict[str, float]:
    """Return the CPU of one tick of one host, and of its roll-up once a minute."""
    pipeline = Pipeline("tick")
    now = time.time_ns() // 1_000_000 // MINUTE * MINUTE
    rows = iter(_rows(demo.Machine(seed=1, number=1), now, 700))
    found = _timed(lambda: pipeline.tick(next(rows)), 600, warm=60)
    host = Host.objects.get(name="tick")
    rolled = _timed(lambda: host_roll(host=host.pk, now=now), 20)
    return {"cpu": found["cpu"], "roll": rolled["cpu"]}


def ingest() -> dict[str, float]:
    """Return the CPU of one reading of each of 100 hosts, pushed over HTTP."""
    from django.conf import settings

    settings.PRESENCE_INGEST_PER_SECOND = 10_000.0
    names = [f"push-{number}" for number in range(100)]
    keys = []
    for name in names:
        host = Host.objects.get_or_create(name=name)[0]
        keys.append(host_token_create(host=host, now=0))
    client = Client(SERVER_NAME="localhost")
    body = json.dumps({"cpuUsage": 10, "memoryUsage": 20, "diskUsage": 30, "cpuPerCore": [1, 2, 3, 4]})

    def all_push() -> None:
        for key in keys:
            headers = {"Authorization": f"Token {key}"}
            answer = client.post("/api/v1/ingest/status", body, content_type="application/json", headers=headers)
            assert answer.status_code == 200, answer.content

    whole = _timed(all_push, 8, warm=2)
    receive, hosts = Receiver(started=0), list(Host.objects.filter(name__in=names))

    def all_taken() -> None:
        now = time.time_ns() // 1_000_000
        for host in hosts:
            found = readings_of(body.encode(), host=host.name, now=now, oldest=0, at_most=10)
            receive.take(host=host, readings=found, now=now)
            host.last_seen = now

    taken = _timed(all_taken, 8, warm=2)
    now = time.time_ns() // 1_000_000
    pks = list(Host.objects.filter(name__in=names).values_list("pk", flat=True))
    rolled = _timed(lambda: [host_roll(host=pk, now=now) for pk in pks], 3, warm=1)
    return {"cpu": taken["cpu"], "whole": whole["cpu"], "roll": rolled["cpu"]}


def statistics() -> dict[str, float]:
    """Return what a request costs, how exact sketches are, how large, and how long reading five periods takes."""
    from django.http import HttpRequest, HttpResponse

    from metrics.middleware import request_statistics
    from metrics.models import RequestBucket
    from metrics.statistics.bucket import Bucket
    from metrics.statistics.periods import periods
    from metrics.statistics.sketch import Sketch
    from metrics.statistics.store import buckets_store, requests_roll

    answer, request = HttpResponse(), HttpRequest()
    plain: Callable[[HttpRequest], HttpResponse] = lambda _: answer  # noqa: E731
    measured: Any = request_statistics(plain)
    count = 20_000

    def cost(call: Any) -> float:
        started = time.process_time()
        for _ in range(count):
            call(request)
        return (time.process_time() - started) / count * 1e6

    overhead = median(cost(measured) - cost(plain) for _ in range(9))
    dice = random.Random(1)
    values = sorted(dice.lognormvariate(3, 1.2) for _ in range(100_000))
    sketch = Sketch()
    sketch.extend(values)
    worst = max(
        abs((sketch.quantile(share) or 0) / values[int(share * (len(values) - 1))] - 1) for share in (0.5, 0.95, 0.99)
    )
    RequestBucket.objects.all().delete()
    now = time.time_ns() // 10_000_000_000 * 10_000
    small = Sketch()
    small.extend(values[::50])
    with transaction.atomic():
        for process in ("one", "two"):
            whole = [("http", Bucket(now - n * 10_000, 2000, 1, 1e5, small)) for n in range(8_640)]
            buckets_store(source="", process=process, buckets=whole)
    while requests_roll(now=now):
        pass
    read = _timed(lambda: periods(now=now), 10)
    return {"middleware": overhead, "error": 100 * worst, "bytes": len(small.to_bytes()), "read": read["cpu"]}


def bytes_of_a_day() -> dict[str, float]:
    """Return the MB of one host's day: readings, all buckets, and what of them is kept beyond a month."""
    host, _ = Host.objects.get_or_create(name="bytes")
    now = time.time_ns() // 1_000_000 // DAY * DAY

    def pages() -> float:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            count = cursor.fetchone()[0]
            cursor.execute("PRAGMA page_size")
            return float(count * cursor.fetchone()[0]) / 1e6

    before = pages()
    machine = demo.Machine(seed=1, number=1)
    rows = machine.readings(host=host.pk, start=now - DAY, end=now, interval=SECOND)
    demo.bulk_insert(table=sql.SNAPSHOT, columns=demo._reading_order(), rows=rows)
    raw = pages()
    Host.objects.filter(pk=host.pk).update(last_seen=now - 1)
    host_roll(host=host.pk, now=now + HOUR)
    whole = pages()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {sql.BUCKET} WHERE host_id = %s AND step < 3600", [host.pk])
    kept = pages()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE {sql.rows_of(RAW)}", [host.pk, 0, now])
        cursor.execute(f"DELETE FROM {sql.BUCKET} WHERE host_id = %s", [host.pk])
    host.delete()
    return {"raw": raw - before, "buckets": whole - raw, "kept": kept - raw}


SAMPLES = {
    "chart": chart,
    "minutes": minutes,
    "readings": readings,
    "tick": tick,
    "ingest": ingest,
    "statistics": statistics,
    "bytes": bytes_of_a_day,
}

if __name__ == "__main__":
    print(json.dumps(SAMPLES[sys.argv[1]]()))
