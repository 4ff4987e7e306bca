"""What all workers of a test run share: made by the first that wants it, while the others wait for it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return ``folder`` with all that ``make`` puts into it; only one process of the run has to.

    When ``make`` fails, the next one tries again.
    """
    done = folder / ".made"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder
