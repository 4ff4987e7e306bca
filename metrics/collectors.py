"""Reads this host with psutil.

Rates (CPU, network, disk, processes) are differences between two readings, so a collector keeps the one before. It is
used from one thread.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from msgspec import UNSET, UnsetType

from metrics import traffic
from metrics.messages import SystemStatus
from metrics.processes import Processes

TEMPERATURE_SECONDS = 5.0
NO_SENSOR_SECONDS = 60.0
"""How often a host without sensors is looked through for one."""
SNMP = Path("/proc/net/snmp")
MEMINFO = Path("/proc/meminfo")
_AMOUNT = re.compile(rb"^(MemTotal|MemAvailable|SwapTotal|SwapFree): +(\d+) kB", re.MULTILINE)


class Collector:
    """Reads this host. Make it, then wait at least 0.1 s before the first ``read``, or its rates have no base."""

    def __init__(self, *, host: str, version: str, disk_path: str = "/") -> None:
        self._host = host
        self._version = version
        self._disk_path = disk_path
        self._own = psutil.Process()
        self._at = time.monotonic()
        self._times = psutil.cpu_times(percpu=True)
        self._disks = traffic.Disks()
        self._network, self._disk = traffic.network(), self._disks.read()
        self._processes = Processes()
        self._temperature: tuple[float, float | None] = (float("-inf"), None)

    def read(self) -> SystemStatus:
        """Return one reading of the host, stamped with the wall clock in ms."""
        now = time.monotonic()
        elapsed = max(now - self._at, 1e-3)
        self._at = now
        cores = self._cpu()
        memory, disk = read_memory(), psutil.disk_usage(self._disk_path)
        received, sent = self._network_rates(elapsed)
        read, written = self._disk_rates(elapsed)
        load = _load()
        return SystemStatus(
            host=self._host,
            system_online=True,
            cpu_usage=round(sum(cores) / len(cores), 1),
            memory_usage=memory.usage,
            disk_usage=round(disk.percent, 1),
            active_connections=established_connections(),
            uptime=uptime(),
            timestamp=time.time_ns() // 1_000_000,
            version=self._version,
            cpu_per_core=cores,
            load1=load[0],
            load5=load[1],
            load15=load[2],
            swap_usage=memory.swap_usage,
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
        before, self._network = self._network, traffic.network()
        if before is None or self._network is None:
            return 0.0, 0.0
        return self._network.rates(before, elapsed)

    def _disk_rates(self, elapsed: float) -> tuple[float | UnsetType, float | UnsetType]:
        before, self._disk = self._disk, self._disks.read()
        if before is None or self._disk is None:
            return UNSET, UNSET
        return self._disk.rates(before, elapsed)

    def _read_temperature(self, now: float) -> float | None:
        if now - self._temperature[0] >= (NO_SENSOR_SECONDS if self._temperature[1] is None else TEMPERATURE_SECONDS):
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


class Memory(NamedTuple):
    """``total`` in bytes, the others percent (0-100)."""

    total: int
    usage: float
    swap_usage: float


def read_memory() -> Memory:
    """Return how much memory is in use: by the kernel's own estimate of what could be had, as psutil has it.

    On Linux from one look at one file; psutil takes four for the same.
    """
    try:
        found = parse_meminfo(MEMINFO.read_bytes())
    except OSError:
        found = None
    if found is not None:
        return found
    memory = psutil.virtual_memory()
    return Memory(memory.total, round(memory.percent, 1), round(psutil.swap_memory().percent, 1))


def parse_meminfo(text: bytes) -> Memory | None:
    """Return what ``/proc/meminfo`` says; None where it does not say it all. Pure."""
    amounts = {name: int(value) * 1024 for name, value in _AMOUNT.findall(text)}
    total, available = amounts.get(b"MemTotal", 0), amounts.get(b"MemAvailable", 0)
    if not 0 < available <= total:  # an old kernel, or a container whose figures do not fit together
        return None
    swap, free = amounts.get(b"SwapTotal", 0), amounts.get(b"SwapFree", 0)
    swap_usage = 100 * (swap - free) / swap if swap else 0.0
    return Memory(total, round(100 * (total - available) / total, 1), round(max(swap_usage, 0.0), 1))


def uptime() -> int:
    """Return for how long the host has been up, in s."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; psutil reads a file for it, each time
    return max(0, int(time.time() - psutil.boot_time() if clock is None else time.clock_gettime(clock)))


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
