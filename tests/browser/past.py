"""Readings of the last minutes, written before a server starts."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import psutil

GIB = 2**30
COLUMNS = (
    "host_id, timestamp, cpu_usage, memory_usage, disk_usage, active_connections, uptime, load1, load5, load15, "
    "swap_usage, memory_total, disk_total, network_received, network_sent, disk_read, disk_written, temperature"
)


def past_write(database: Path, *, host: str, seconds: int) -> None:
    """Write one reading a second, up to now."""
    rows, now = walk(seconds), int(time.time() * 1000)
    with sqlite3.connect(database) as connection:
        known = {"name": host, "kind": "machine", "version": "0.1.0", "last_seen": now}
        row_insert(connection, "metrics_host", known)
        host_id = connection.execute("SELECT id FROM metrics_host WHERE name = ?", (host,)).fetchone()[0]
        marks = ", ".join("?" * 18)
        connection.executemany(
            f"INSERT INTO metrics_snapshot ({COLUMNS}) VALUES ({marks})",
            [(host_id, now - (seconds - second) * 1000, *row) for second, row in enumerate(rows)],
        )
    connection.close()


def walk(seconds: int) -> list[tuple[float, ...]]:
    """Return readings that look like a busy server, and end near what this machine really reads."""
    chance = random.Random(7)
    cpu, memory, disk = 34.0, psutil.virtual_memory().percent, psutil.disk_usage("/").percent
    sockets, received, sent, temperature = 118.0, 2.4e6, 5.1e6, 52.0
    rows: list[tuple[float, ...]] = []
    for second in range(seconds):
        busy = 28.0 if 130 < second < 175 else 0.0
        cpu = min(97.0, max(6.0, cpu + chance.gauss(0, 3.2) + (32 + busy - cpu) * 0.12))
        memory = min(99.0, max(1.0, memory + chance.gauss(0, 0.08)))
        sockets = max(60.0, sockets + chance.gauss(0, 2.2) + (120 + busy - sockets) * 0.05)
        received = max(4e5, received * chance.uniform(0.9, 1.105) + (2.4e6 - received) * 0.1)
        sent = max(6e5, sent * chance.uniform(0.9, 1.105) + (5.1e6 - sent) * 0.1)
        temperature = temperature + chance.gauss(0, 0.2) + (46 + cpu / 5 - temperature) * 0.05
        read = chance.expovariate(1 / 9e5)
        written = chance.expovariate(1 / 2.2e6)
        load = cpu / 25 + chance.gauss(0, 0.04)
        row = (round(cpu, 1), round(memory, 1), disk, int(sockets), 911_000 + second, round(load, 2), 1.21, 0.98, 0.0)
        rows.append((*row, 16 * GIB, 512 * GIB, received, sent, read, written, round(temperature, 1)))
    return rows


def alerts_write(database: Path, *, host: str, count: int, firing: int) -> None:
    """Write alerts about a host, a minute apart, of which the newest are still open."""
    now, minute = int(time.time() * 1000), 60_000
    with sqlite3.connect(database) as connection:
        host_id = connection.execute("SELECT id FROM metrics_host WHERE name = ?", (host,)).fetchone()[0]
        for index in range(count):
            start = now - (count - index) * minute
            end = None if index >= count - firing else start + 45_000
            level = "critical" if index % 3 == 0 else "warning"
            values = {
                "host_id": host_id,
                "host_name": host,
                "component": "swap" if end is None else "cpu",
                "level": level,
            }
            values |= {"message": "too high", "threshold": 70, "current_value": 88, "started_at": start}
            row_insert(connection, "metrics_alert", {**values, "ended_at": end})
    connection.close()


def row_insert(connection: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    """Insert a row; columns that are not named and may not be empty get the empty value of their kind."""
    row = dict(values)
    for _, name, kind, required, default, key in connection.execute(f"PRAGMA table_info({table})"):
        if name not in row and required and not key and default is None:
            row[name] = "" if "char" in kind or "text" in kind else 0
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
