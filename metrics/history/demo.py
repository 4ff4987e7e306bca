"""Readings and buckets of machines that never were, from a seed: for a look around, and for benchmarks.

Values follow a day's curve with noise on it, from tables made beforehand: 2.6 million readings are to take seconds.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction

from metrics.history import sql
from metrics.history.rollup import host_roll
from metrics.history.tiers import BY_NAME, DAY, HOUR, MINUTE, SECOND
from metrics.models import Host, Rollup, Snapshot

READING_COLUMNS = tuple(str(field.column) for field in Snapshot._meta.concrete_fields if field.column != "id")
NOISE = 997  # prime, so that it does not beat with minutes and hours
CHUNK = 20_000


def bulk_insert(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert many rows the quickest way that the database has; return how many."""
    count = 0
    source = iter(rows)
    names = ", ".join(columns)
    while chunk := list(islice(source, CHUNK)):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in chunk:
                        copy.write_row(row)
            else:
                marks = ", ".join(["?"] * len(columns))
                insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
                # past Django's cursor, which would rewrite the parameters of every row
                cursor.cursor.connection.executemany(insert, chunk)
        count += len(chunk)
    return count


class Machine:
    """One imagined machine. The same seed gives the same one."""

    def __init__(self, *, seed: int, number: int, cores: int = 4) -> None:
        dice = random.Random(f"{seed}/{number}")  # noqa: S311 - imagined values guard nothing
        self._idle, self._swing = dice.uniform(4, 25), dice.uniform(10, 50)
        self._peak = dice.randrange(24 * 60)
        self._noise = [dice.gauss(0, 1) for _ in range(NOISE)]
        self._cores = [json.dumps([round(abs(dice.gauss(20, 12)) % 100, 1) for _ in range(cores)]) for _ in range(61)]
        self._memory, self._disk = dice.uniform(30, 70), dice.uniform(20, 80)
        self._total = dice.choice((8, 16, 32, 64)) << 30
        self._day = [self._busy_at(minute) for minute in range(24 * 60)]

    def _busy_at(self, minute: int) -> float:
        turn = 2 * math.pi * (minute - self._peak) / (24 * 60)
        return self._idle + self._swing * (0.5 + 0.5 * math.cos(turn)) ** 3

    def readings(self, *, host: int, start: int, end: int, interval: int) -> Iterator[tuple[Any, ...]]:
        """Yield rows of ``READING_COLUMNS``, one each ``interval`` ms."""
        noise, day, cores, total = self._noise, self._day, self._cores, self._total
        memory, disk, swing = self._memory, self._disk, self._swing
        for at in range(start, end, interval):
            second = at // SECOND
            busy, shake = day[second // 60 % 1440], noise[second % NOISE]
            cpu = round(min(max(busy + 4 * shake, 0.0), 100.0), 1)
            load = round(cpu / 25, 2)
            traffic = round(2000 * cpu + 500 * abs(shake), 1)
            yield (
                at, cpu, round(memory + busy / 10 + shake, 1), disk, int(20 + cpu), second - start // SECOND,
                load, load, load, 1.5, total, total * 8, traffic, round(traffic / 3, 1), round(cpu * 900, 1),
                round(cpu * 400, 1), round(38 + swing / 10 + shake, 1), 61_000_000 + second % 4096, 12,
                cores[second % 61], host,
            )  # fmt: skip

    def minutes(self, *, host: int, start: int, end: int, per_minute: int) -> Iterator[tuple[Any, ...]]:
        """Yield one-minute buckets in the order of ``minute_columns``, as if there had been readings."""
        for at in range(start, end, MINUTE):
            minute = at // MINUTE
            busy, shake = self._day[minute % 1440], self._noise[minute % NOISE]
            cpu = min(max(busy + shake, 0.0), 95.0)
            row: list[Any] = [host, 60, at, per_minute]
            for value in (
                cpu, self._memory + busy / 10, self._disk, 20 + int(cpu), cpu / 25, 1.5, 2000 * cpu, 700 * cpu,
                900 * cpu, 400 * cpu, 38 + self._swing / 10, 61_000_000.0, 12.0,
            ):  # fmt: skip
                mean = round(value, 2)
                row += (per_minute, round(mean * 0.9, 2), mean * per_minute, round(mean * 1.1, 2))
            yield tuple(row)


def minute_columns() -> tuple[str, ...]:
    """Return the columns of what ``Machine.minutes`` yields."""
    return ("host_id", "step", "start", "count", *sql.FIGURES)


def machine_seed(*, name: str, number: int, seed: int, now: int, raw_ms: int, past_ms: int, interval: int) -> int:
    """Store an imagined machine: readings of the last ``raw_ms``, buckets before them; return how many rows.

    Raises:
        ValueError: when there is a host of that name.
    """
    host, new = Host.objects.get_or_create(name=name, defaults={"version": "demo"})
    if not new:
        raise ValueError(f"There is a host named {name} already.")
    machine = Machine(seed=seed, number=number)
    first = (now - raw_ms) // HOUR * HOUR
    rows = machine.readings(host=host.pk, start=first, end=now, interval=interval)
    count = bulk_insert(table=sql.SNAPSHOT, columns=_reading_order(), rows=rows)
    past = machine.minutes(host=host.pk, start=(now - past_ms) // DAY * DAY, end=first, per_minute=MINUTE // interval)
    count += bulk_insert(table=sql.BUCKET, columns=minute_columns(), rows=past)
    with transaction.atomic(), connection.cursor() as cursor:
        for source, tier in (("1m", "5m"), ("5m", "1h")):
            statement = sql.build(BY_NAME[tier], BY_NAME[source])
            cursor.execute(statement, [host.pk, (now - past_ms) // DAY * DAY, first])
    Host.objects.filter(pk=host.pk).update(last_seen=now - 1)
    Rollup.objects.create(host=host, rolled_until=first, pruned_until=first)
    host_roll(host=host.pk, now=now)
    return count


def _reading_order() -> tuple[str, ...]:
    return (*(name for name in READING_COLUMNS if name != "host_id"), "host_id")
