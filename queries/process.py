"""Which process an execution belongs to, and whether that process is still there."""

from __future__ import annotations

import os
import socket
from functools import cache

import psutil


@cache
def _own(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{psutil.Process(pid).create_time():.2f}"


def process_name() -> str:
    """Return ``host:pid:start`` of this process; a pid alone is used again after a while."""
    return _own(os.getpid())


def surely_dead(name: str) -> bool:
    """Tell whether the process of that name is known to be gone; of one on another machine nothing is known."""
    parts = name.rsplit(":", 2)
    if len(parts) != 3 or parts[0] != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(parts[1])).create_time():.2f}" != parts[2]
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.Error:
        return False
