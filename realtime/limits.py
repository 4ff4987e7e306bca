"""The limits that a hub keeps, in seconds and bytes."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """How long a socket may be silent, idle or behind. Times in s, sizes in bytes."""

    heartbeat_timeout: float = 60.0
    idle_timeout: float = 300.0
    slow_seconds: float = 30.0
    slow_bytes: int = 1_048_576

    @classmethod
    def from_settings(cls) -> Limits:
        """Read them from the ``WS_*`` settings, whose times are in ms."""
        return cls(
            heartbeat_timeout=settings.WS_HEARTBEAT_TIMEOUT / 1000,
            idle_timeout=settings.WS_IDLE_TIMEOUT / 1000,
            slow_seconds=settings.WS_SLOW_SECONDS,
            slow_bytes=settings.WS_SLOW_BYTES,
        )
