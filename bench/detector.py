"""The detector as a process of its own, at one tick a second: what it takes of a core, and of memory."""

from __future__ import annotations

import sys
import time

from bench.cache import REPOSITORY
from bench.machine import Cores
from bench.processes import Pinned, Redis
from bench.samples import Failed, Sample

WARM_SECONDS = 15.0
"""Starting takes a second of CPU, and the first look at the processes comes twice."""
SECONDS = 60.0


def detector(environment: dict[str, str], cores: Cores) -> Sample:
    """Return the percentage of a core over a minute, and the resident memory in MB at its end.

    Raises:
        Failed: when it ended by itself.
    """
    with Redis(cores.others) as redis:
        process = Pinned(
            [sys.executable, "manage.py", "run_detector", "--host", "bench"],
            core=cores.server,
            folder=REPOSITORY,
            environment={**environment, "REDIS_URL": redis.url},
        )
        try:
            time.sleep(WARM_SECONDS)
            started, cpu = time.monotonic(), process.cpu()
            time.sleep(SECONDS)
            if process.ended():
                raise Failed(f"the detector ended: {process.log()}")
            share = 100 * (process.cpu() - cpu) / (time.monotonic() - started)
            return {"cpu": share, "rss": process.rss() / 1e6}
        finally:
            process.stop()
