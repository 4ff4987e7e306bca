"""Readings of hosts that need not exist."""

from __future__ import annotations

from typing import Any

from metrics.messages import SystemStatus

NOON = 1_750_000_000_000  # ms; a multiple of every bucket up to 10 s


def make_reading(timestamp: int = NOON, *, host: str = "a", cpu: float = 10.0, **changes: Any) -> SystemStatus:
    """Return a reading of an idle host."""
    values: dict[str, Any] = {
        "system_online": True,
        "memory_usage": 20.0,
        "disk_usage": 30.0,
        "active_connections": 4,
        "uptime": 100,
        "version": "0.1.0",
    }
    return SystemStatus(host=host, cpu_usage=cpu, timestamp=timestamp, **{**values, **changes})
