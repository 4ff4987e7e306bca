"""What ``metrics`` says on the wire: the shapes of a status, a change and an alert.

Names are those of the requirement documents; percentages are 0-100, throughputs bytes per second, times integer
milliseconds since the Unix epoch unless a field says otherwise.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from realtime.protocol import Severity


class _Wire(Struct, rename="camel"):
    """camelCase on the wire; fields that are ``UNSET`` are left out."""


class Process(_Wire):
    """One of the busiest processes. ``cpu`` is percent of one core, ``memory`` resident bytes."""

    pid: int
    name: str
    cpu: float
    memory: int


class SystemStatus(_Wire, kw_only=True):
    """One reading of one host.

    ``uptime`` is in seconds. ``active_connections`` counts established TCP sockets of the host,
    ``web_socket_connections`` those of Presence on it. ``process_memory`` is the resident set of the Presence
    process in bytes. ``temperature`` is in degrees Celsius, absent where the host has
    no sensor. ``processes`` comes with every fifth reading or so.
    """

    host: str
    system_online: bool
    cpu_usage: float
    memory_usage: float
    disk_usage: float
    active_connections: int
    uptime: int
    timestamp: int
    version: str
    cpu_per_core: list[float] | UnsetType = UNSET
    load1: float | UnsetType | None = UNSET
    load5: float | UnsetType | None = UNSET
    load15: float | UnsetType | None = UNSET
    swap_usage: float | UnsetType = UNSET
    memory_total: int | UnsetType = UNSET
    disk_total: int | UnsetType = UNSET
    network_received: float | UnsetType = UNSET
    network_sent: float | UnsetType = UNSET
    disk_read: float | UnsetType = UNSET
    disk_written: float | UnsetType = UNSET
    temperature: float | UnsetType | None = UNSET
    process_memory: int | UnsetType = UNSET
    web_socket_connections: int | UnsetType = UNSET
    processes: list[Process] | UnsetType = UNSET


class Change(_Wire):
    """One field that differs from the reading before. The first reading is ``{field: "all", oldValue: null}``."""

    field: Literal["all", "cpuUsage", "memoryUsage", "diskUsage", "activeConnections"]
    old_value: float | None
    new_value: float | SystemStatus
    delta: float | UnsetType = UNSET


class StatusUpdate(_Wire):
    """``status_update``: sent on every tick; ``changes`` may be empty."""

    host: str
    status: SystemStatus
    changes: list[Change]
    timestamp: int


class RequestCounts(_Wire):
    """Requests of a period."""

    total: int
    success: int
    error: int
    per_second: float


class LatencyStats(_Wire):
    """Latencies of a period, in ms."""

    avg: float
    p50: float
    p95: float
    p99: float


Period = Literal["1m", "5m", "15m", "1h", "24h"]


class SystemStats(_Wire):
    """Request statistics of all processes over one period."""

    period: Period
    requests: RequestCounts
    latency: LatencyStats
    timestamp: int


class StatsUpdate(_Wire):
    """``stats_update``: every five seconds, one entry per period."""

    stats: list[SystemStats]


class HealthAlert(_Wire, kw_only=True):
    """One alert. ``id`` stays the same from firing to recovery; ``state`` tells which it is now.

    ``threshold`` and ``current_value`` are in the unit of the component (percent, milliseconds, a count).
    """

    id: int
    host: str
    state: Literal["firing", "recovered"]
    level: Severity
    component: str
    message: str
    threshold: float
    current_value: float
    timestamp: int
    started_at: int
    ended_at: int | None = None
    details: dict[str, Any] | UnsetType = UNSET


class AlertUpdate(_Wire):
    """``health_alert`` and ``health_recovery``."""

    alert: HealthAlert


class ConfigChanged(_Wire):
    """``config_changed``: an administrator edited ``what``; ``id`` is the row, ``timestamp`` when."""

    what: str
    id: int | None
    timestamp: int
