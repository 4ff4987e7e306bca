"""The machine: which core does what, how many files may be open, and what to print about it."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """Where each part runs. ``others`` is for Redis and for publishers that are processes of their own."""

    server: int
    client: int
    others: int

    def __str__(self) -> str:
        return f"server on core {self.server}, client on core {self.client}, Redis and publishers on core {self.others}"


def choose_cores() -> Cores:
    """Return one core for each part; with two cores the client shares its own with the others.

    Raises:
        SystemExit: with one core, where every figure would be the client's.
    """
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench: needs two CPU cores, one for the server and one for the load client.")
    return Cores(usable[0], usable[1], usable[2] if len(usable) > 2 else usable[1])


def spare_files(sockets: int) -> None:
    """Raise the soft limit on open files to the hard one, which child processes inherit.

    Raises:
        SystemExit: when the hard limit is too low for ``sockets``.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < sockets + 200:
        raise SystemExit(
            f"bench: {sockets} sockets need {sockets + 200} open files a process, the hard limit is {hard} (ulimit -Hn)"
        )


def busy_seconds(core: int) -> float:
    """Return how long ``core`` has worked since boot, whoever for; time stolen by the hypervisor counts too."""
    lines = Path("/proc/stat").read_text().splitlines()
    fields = next(line for line in lines if line.startswith(f"cpu{core} ")).split()
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def describe() -> dict[str, str | int]:
    """Return what a figure depends on: processor, cores, memory in MB, kernel, load average, Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memoryMb": memory,
        "kernel": platform.release(),
        "loadAverage": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
    }
