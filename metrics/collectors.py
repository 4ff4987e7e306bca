"""Reads this host with psutil.

Rates (CPU, network, disk, processes) are differences between two readings, so a collector keeps the one before. It is
used from one thread.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from msgspec import UNSET, UnsetType

from metrics.messages import Process, SystemStatus

PROCESS_SECONDS = 5.0
"""How often the busiest processes are looked for; rarer where that costs more than 0.4 % of a core."""
PROCESS_SHARE = 0.004
FIRST_PROCESS_SECONDS = 1.5
TOP_PROCESSES = 8
TEMPERATURE_SECONDS = 5.0
SNMP = Path("/proc/net/snmp")


class Collector:
    """Reads this host. Make it, then wait at least 0.1 s before the first ``read``, or its rates have no base."""

    def __init__(self, *, host: str, version: str, disk_path: str = "/") -> None:
        self._host = host
        self._version = version
        self._disk_path = disk_path
        self._own = psutil.Process()
        self._at = time.monotonic()
        self._times = psutil.cpu_times(percpu=True)
        self._network = _network_counters()
        self._disk = _disk_counters()
        self._processes = _Processes()
        self._temperature: tuple[float, float | None] = (float("-inf"), None)

    def read(self) -> SystemStatus:
        """Return one reading of the host, stamped with the wall clock in ms."""
        now = time.monotonic()
        elapsed = max(now - self._at, 1e-3)
        self._at = now
        cores = self._cpu()
        memory, swap, disk = psutil.virtual_memory(), psutil.swap_memory(), psutil.disk_usage(self._disk_path)
        received, sent = self._network_rates(elapsed)
        read, written = self._disk_rates(elapsed)
        load = _load()
        wall = time.time()
        return SystemStatus(
            host=self._host,
            system_online=True,
            cpu_usage=round(sum(cores) / len(cores), 1),
            memory_usage=round(memory.percent, 1),
            disk_usage=round(disk.percent, 1),
            active_connections=established_connections(),
            uptime=max(0, int(wall - psutil.boot_time())),
            timestamp=int(wall * 1000),
            version=self._version,
            cpu_per_core=cores,
            load1=load[0],
            load5=load[1],
            load15=load[2],
            swap_usage=round(swap.percent, 1),
            memory_total=memory.total,
            disk_total=disk.total,
            network_received=received,
            network_sent=sent,
            disk_read=read,
            disk_written=written,
            temperature=self._read_temperature(now),
            process_memory=self._own.memory_info().rss,
            processes=self._processes.read(now),
        )

    def _cpu(self) -> list[float]:
        times = psutil.cpu_times(percpu=True)
        if len(times) == len(self._times):
            cores = [busy_share(before, after) for before, after in zip(self._times, times, strict=True)]
        else:  # a core was switched on or off
            cores = [0.0] * len(times)
        self._times = times
        return cores

    def _network_rates(self, elapsed: float) -> tuple[float, float]:
        before, after = self._network, _network_counters()
        self._network = after
        if before is None or after is None:
            return 0.0, 0.0
        received = _rate(before.bytes_recv, after.bytes_recv, elapsed)
        return received, _rate(before.bytes_sent, after.bytes_sent, elapsed)

    def _disk_rates(self, elapsed: float) -> tuple[float | UnsetType, float | UnsetType]:
        before, after = self._disk, _disk_counters()
        self._disk = after
        if before is None or after is None:
            return UNSET, UNSET
        read = _rate(before.read_bytes, after.read_bytes, elapsed)
        return read, _rate(before.write_bytes, after.write_bytes, elapsed)

    def _read_temperature(self, now: float) -> float | None:
        if now - self._temperature[0] >= TEMPERATURE_SECONDS:
            self._temperature = (now, hottest())
        return self._temperature[1]


def busy_share(before: Any, after: Any) -> float:
    """Return percent (0-100) of the time between two ``psutil.cpu_times`` in which a core was not idle.

    Waiting for I/O counts as idle, and guest time is part of user time on Linux: as in psutil's own ``cpu_percent``.
    """

    def total(times: Any) -> float:
        return float(sum(times)) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)

    def idle(times: Any) -> float:
        return float(times.idle + getattr(times, "iowait", 0.0))

    whole = total(after) - total(before)
    if whole <= 0:
        return 0.0
    busy = whole - (idle(after) - idle(before))
    return round(min(max(100.0 * busy / whole, 0.0), 100.0), 1)


def established_connections() -> int:
    """Return the number of established TCP sockets of the host.

    On Linux the kernel's own counter: listing the sockets costs half a second of CPU with 40,000 of them. Elsewhere
    they are listed, or, without the right to (macOS), those of this process alone.
    """
    try:
        lines = SNMP.read_text().splitlines()
    except OSError:
        return _listed_connections()
    names, values = [line.split() for line in lines if line.startswith("Tcp:")]
    return int(values[names.index("CurrEstab")])


def _listed_connections() -> int:
    try:
        sockets: Sequence[Any] = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        sockets = psutil.Process().net_connections("tcp")
    return sum(1 for socket in sockets if socket.status == psutil.CONN_ESTABLISHED)


def hottest() -> float | None:
    """Return the highest temperature of any sensor in degrees Celsius; None where there is none."""
    read = getattr(psutil, "sensors_temperatures", None)
    try:
        sensors = read() if read else {}
    except (OSError, ValueError):
        return None
    values = [entry.current for entries in sensors.values() for entry in entries if 0 < entry.current < 150]
    return round(max(values), 1) if values else None


def _load() -> tuple[float | None, float | None, float | None]:
    try:
        one, five, fifteen = os.getloadavg()
    except (OSError, AttributeError):
        return None, None, None
    return round(one, 2), round(five, 2), round(fifteen, 2)


def _network_counters() -> Any:
    return psutil.net_io_counters()  # None where there is no interface, whatever its types say


def _disk_counters() -> Any:
    try:
        return psutil.disk_io_counters()
    except (RuntimeError, OSError):  # some containers hide the block devices
        return None


def _rate(before: int, after: int, elapsed: float) -> float:
    return round(max(after - before, 0) / elapsed, 1)  # a counter that was reset must not look like a dip below zero


class _Processes:
    """The busiest processes, looked for every few seconds: going through all of them costs 50 us each."""

    def __init__(self) -> None:
        self._next = float("-inf")
        self._before: dict[int, tuple[float, float]] | None = None

    def read(self, now: float) -> list[Process] | UnsetType:
        """Return the busiest processes when it is time to look, by CPU since the last look, then by memory."""
        if now < self._next:
            return UNSET
        started = time.thread_time()
        found, seen, known = [], {}, self._before or {}
        for process in psutil.process_iter():
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    used = times.user + times.system
                    name, memory = process.name(), process.memory_info().rss
            except (psutil.Error, OSError):  # it ended meanwhile, or is not ours to look at
                continue
            seen[process.pid] = (now, used)
            at, before = known.get(process.pid, (now, used))
            cpu = 100.0 * (used - before) / (now - at) if now > at else 0.0
            found.append(Process(process.pid, name, round(max(cpu, 0.0), 1), memory))
        cost = time.thread_time() - started
        first, self._before = self._before is None, seen
        self._next = now + (FIRST_PROCESS_SECONDS if first else max(PROCESS_SECONDS, cost / PROCESS_SHARE))
        if first:
            return UNSET  # without a look before, every process would seem to be idle
        found.sort(key=lambda process: (process.cpu, process.memory), reverse=True)
        return found[:TOP_PROCESSES]
