"""Waiting for a condition with a deadline, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

DEADLINE = 90.0
"""Seconds after which a test fails; only ever reached by a failing one, however busy the machine is."""
PAUSE = 0.02

T = TypeVar("T")


def eventually(condition: Callable[[], T], deadline: float = DEADLINE) -> T:
    """Return the first true result of ``condition``."""
    end = time.monotonic() + deadline
    while True:
        if result := condition():
            return result
        assert time.monotonic() < end, f"not within {deadline:g} s"
        time.sleep(PAUSE)


async def one_turn() -> None:
    """Let every task that can run take one step."""
    await asyncio.sleep(0)


@overload
async def eventually_async(condition: Callable[[], Awaitable[T]], deadline: float = DEADLINE) -> T: ...
@overload
async def eventually_async(condition: Callable[[], T], deadline: float = DEADLINE) -> T: ...
async def eventually_async(condition: Callable[[], object], deadline: float = DEADLINE) -> Any:
    """Return the first true result of ``condition``, which may be awaitable; the event loop goes on meanwhile."""
    end = time.monotonic() + deadline
    while True:
        found = condition()
        if result := (await found if isinstance(found, Awaitable) else found):
            return result
        assert time.monotonic() < end, f"not within {deadline:g} s"
        await asyncio.sleep(PAUSE)
