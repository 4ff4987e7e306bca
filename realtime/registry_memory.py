"""The registry of a single process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime.registry import GRANTED, Counts, Quota, Request, Verdict, judge, process_name


class MemoryRegistry:
    """Counts in a dictionary."""

    def __init__(self, quota: Quota) -> None:
        self.process = process_name()
        self.counts = Counts()
        self._quota = quota

    async def admit(self, request: Request) -> Verdict:
        """Decide at once."""
        return self.admit_now(request)

    def admit_now(self, request: Request) -> Verdict:
        """Decide without waiting, by what this process knows."""
        total, of_user = self.counts.total(request.endpoint), self.counts.of_user(request.endpoint, request.user)
        verdict = judge(self._quota, total=total, of_user=of_user, is_admin=request.is_admin)
        if verdict in GRANTED:
            self.counts.take(request)
        return verdict

    def release(self, request: Request) -> None:
        """Give a place back."""
        self.counts.give_back(request)

    async def beat(self, figures: Callable[[], dict[str, Any]]) -> None:
        """Nobody else listens."""

    async def all_figures(self) -> list[dict[str, Any]]:
        """There is no other process."""
        return []

    async def close(self) -> None:
        """Nothing outlives the process."""
