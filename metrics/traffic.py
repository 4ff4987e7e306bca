"""How many bytes went over the network and to and from the disks since the machine started.

On Linux from the kernel's two files, read as they are: psutil takes both apart into a tuple for each interface and
device, and looks for each device once more. Elsewhere psutil is asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

NET_DEV, DISKSTATS = Path("/proc/net/dev"), Path("/proc/diskstats")
Kind = Callable[[str], str]
SECTOR = 512
"""Bytes; the kernel counts in these whatever the device has (Documentation/admin-guide/iostats.rst)."""


class Traffic(NamedTuple):
    """Bytes in (received, read) and out (sent, written)."""

    inward: int
    outward: int

    def rates(self, before: Traffic, elapsed: float) -> tuple[float, float]:
        """Return bytes a second in and out since ``before``, ``elapsed`` s ago."""
        # a counter that was reset must not look like a dip below zero
        inward, outward = max(self.inward - before.inward, 0), max(self.outward - before.outward, 0)
        return round(inward / elapsed, 1), round(outward / elapsed, 1)


def network() -> Traffic | None:
    """Return the traffic of all interfaces; None where there is none."""
    try:
        return parse_net_dev(NET_DEV.read_bytes())
    except (OSError, ValueError, IndexError):
        found = psutil.net_io_counters()
        return None if found is None else Traffic(found.bytes_recv, found.bytes_sent)


def parse_net_dev(text: bytes) -> Traffic | None:
    """Return the sums over ``/proc/net/dev`` (proc_pid_net(5)); None when it names no interface. Pure.

    Raises:
        ValueError, IndexError: when it is no such file.
    """
    lines = text.splitlines()[2:]
    fields = [line.rpartition(b":")[2].split(None, 9) for line in lines]
    return Traffic(sum(int(one[0]) for one in fields), sum(int(one[8]) for one in fields)) if fields else None


class Disks:
    """Reads the traffic of the disks themselves, once each.

    Left out are partitions, and what lies on other devices (LVM, RAID, encryption, loops): what those read, a disk
    below has read. A machine that has nothing else shows them.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}

    def read(self) -> Traffic | None:
        """Return what was read and written; None where the kernel does not say, as in some containers."""
        try:
            return parse_diskstats(DISKSTATS.read_text(), self._kind)
        except (OSError, ValueError, IndexError):
            return _from_psutil()

    def _kind(self, name: str) -> str:
        known = self._kinds.get(name)
        if known is None:
            known = self._kinds[name] = _kind_of(name)
        return known


def _kind_of(name: str) -> str:
    file = name.replace("/", "!")  # as sysfs writes it
    if not os.access(f"/sys/block/{file}", os.F_OK):
        return "part"
    return "virtual" if os.access(f"/sys/devices/virtual/block/{file}", os.F_OK) else "disk"


def parse_diskstats(text: str, kind: Kind) -> Traffic | None:
    """Return the sums over ``/proc/diskstats``; ``kind`` says of a name whether it is a disk, virtual or a part. Pure.

    Raises:
        ValueError, IndexError: when it is no such file.
    """
    sums: dict[str, Traffic] = {}
    for line in text.splitlines():
        fields = line.split(None, 10)
        of = sums.get(what := kind(fields[2]), Traffic(0, 0))
        sums[what] = Traffic(of.inward + int(fields[5]) * SECTOR, of.outward + int(fields[9]) * SECTOR)
    return sums.get("disk") or sums.get("virtual")


def _from_psutil() -> Traffic | None:
    try:
        found = psutil.disk_io_counters()
    except (RuntimeError, OSError):  # some containers hide the block devices
        return None
    return None if found is None else Traffic(found.read_bytes, found.write_bytes)
