"""Work that must go on for as long as the process does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0


async def lasting(name: str, work: Callable[[], Awaitable[None]], pause: float = AGAIN_SECONDS) -> None:
    """Do ``work`` until it returns; when it fails, say so and begin again after ``pause`` s.

    A loop that ended with an exception would be missed by nobody, until alerts stop or memory is full.
    """
    while True:
        try:
            await work()
        except Exception:
            logger.exception("%s failed, and begins again.", name)
        else:
            return
        await asyncio.sleep(pause)
