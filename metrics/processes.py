"""The busiest processes of this host.

On Linux a look is one read of ``/proc/<pid>/stat`` a process: psutil reads three files for each and keeps an object,
which costs several times as much, and this is the dearest part of watching a host. Elsewhere psutil is asked.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from heapq import nlargest
from typing import NamedTuple

import psutil
from msgspec import UNSET, UnsetType

from metrics.messages import Process

LOOK_SECONDS = 5.0
"""How often they are looked for; rarer where that costs more than 0.2 % of a core."""
SHARE = 0.002
FIRST_SECONDS = 1.5
TOP = 8
COMM_LENGTH = 15
"""The kernel keeps so many bytes of a name (``TASK_COMM_LEN`` less its end)."""
STAT_BYTES = 1_024
LINUX = sys.platform.startswith("linux")
_TICK = os.sysconf("SC_CLK_TCK") if LINUX else 1
_PAGE = os.sysconf("SC_PAGE_SIZE") if LINUX else 1


class Seen(NamedTuple):
    """One process at one look: CPU time ``used`` in s, resident bytes; ``started`` tells apart who has an id again."""

    pid: int
    started: float
    name: str
    used: float
    memory: int


def parse_stat(data: bytes) -> Seen:
    """Return what a line of ``/proc/<pid>/stat`` says (proc_pid_stat(5)). A name may hold blanks and brackets. Pure.

    Raises:
        ValueError: when it is no such line.
        IndexError: when it is cut off.
    """
    head, _, tail = data.rpartition(b")")
    pid, _, name = head.partition(b" (")
    fields = tail.split(None, 22)
    used = (int(fields[11]) + int(fields[12])) / _TICK
    return Seen(int(pid), float(fields[19]), name.decode("utf-8", "replace"), used, int(fields[21]) * _PAGE)


def _from_proc() -> Iterator[Seen]:
    for entry in os.listdir("/proc"):  # noqa: PTH208 - a Path for each would cost as much as the look
        if not entry.isdecimal():
            continue
        try:
            yield parse_stat(_read(f"/proc/{entry}/stat"))
        except (OSError, ValueError, IndexError):  # it ended meanwhile, or is not ours to look at
            continue


def _read(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, STAT_BYTES)
    finally:
        os.close(file)


def _from_psutil() -> Iterator[Seen]:
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                times, started = process.cpu_times(), process.create_time()
                memory, name = process.memory_info().rss, process.name()
        except (psutil.Error, OSError):
            continue
        yield Seen(process.pid, started, _printable(name), times.user + times.system, memory)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()  # what is no UTF-8 could not be sent


def full_name(pid: int, name: str) -> str:
    """Return the whole name of a process of which the kernel has cut ``name`` short, as psutil finds it."""
    if not LINUX or len(name.encode()) < COMM_LENGTH:
        return name
    try:
        first = _read(f"/proc/{pid}/cmdline").partition(b"\0")[0]
    except OSError:
        return name
    whole = first.rpartition(b"/")[2].decode("utf-8", "replace")
    return whole if whole.startswith(name) else name


def busiest(seen: Iterable[Seen], before: dict[int, Seen], elapsed: float, count: int = TOP) -> list[Process]:
    """Return the processes with the most CPU since the look ``before``, ``elapsed`` s ago, then by memory. Pure."""
    found = []
    for one in seen:
        known = before.get(one.pid)
        used = one.used - known.used if known is not None and known.started == one.started else 0.0
        cpu = 100.0 * used / elapsed if elapsed > 0 else 0.0
        found.append(Process(one.pid, one.name, round(max(cpu, 0.0), 1), one.memory))
    return nlargest(count, found, key=lambda process: (process.cpu, process.memory))


class Processes:
    """Looks for the busiest processes every few seconds."""

    def __init__(self) -> None:
        self._next = float("-inf")
        self._at = 0.0
        self._before: dict[int, Seen] | None = None

    def read(self, now: float) -> list[Process] | UnsetType:
        """Return them when it is time to look (``now`` in s of a monotonic clock)."""
        if now < self._next:
            return UNSET
        started = time.thread_time()
        seen = {one.pid: one for one in (_from_proc() if LINUX else _from_psutil())}
        before, elapsed, self._before, self._at = self._before, now - self._at, seen, now
        found = [] if before is None else busiest(seen.values(), before, elapsed)
        for process in found:
            process.name = full_name(process.pid, process.name)[:255]
        cost = time.thread_time() - started
        # without a look before, every process would seem to be idle
        self._next = now + (FIRST_SECONDS if before is None else max(LOOK_SECONDS, cost / SHARE))
        return UNSET if before is None else found
