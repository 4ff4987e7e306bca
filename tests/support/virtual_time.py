"""An event loop whose clock jumps to the next timer instead of waiting for it: hours of windows in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

STUCK_SECONDS = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            ready = super().select(STUCK_SECONDS)
            assert ready, "nothing is left that could wake this loop"
            return ready
        self.now += timeout
        return []


def _answer(future: asyncio.Future[Any], result: Any) -> None:
    if not future.cancelled():
        future.set_result(result)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Calls into a thread are answered ``thread_seconds`` of this clock later, by what was true when they were made."""

    def __init__(self, thread_seconds: float = 0.0) -> None:
        self._jumping = _JumpingSelector()
        self._thread_seconds = thread_seconds
        super().__init__(self._jumping)

    def time(self) -> float:
        """The virtual clock, in s."""
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the call here and now, and tell its result later."""
        future: asyncio.Future[Any] = self.create_future()
        result = func(*args)
        self.call_later(self._thread_seconds, _answer, future, result)
        return future


def run_virtually(work: Coroutine[Any, Any, T], *, thread_seconds: float = 0.0) -> T:
    """Run a coroutine to its end on a loop of virtual time."""
    loop = VirtualLoop(thread_seconds)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


async def pass_time(seconds: float) -> None:
    """Let virtual time pass, and everything that is due in it happen."""
    assert isinstance(asyncio.get_running_loop(), VirtualLoop)
    await asyncio.sleep(seconds)
