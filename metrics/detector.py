"""What changed between two readings, and how urgent that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from metrics.messages import Change, SystemStatus
from realtime.protocol import Priority

Field = Literal["cpuUsage", "memoryUsage", "diskUsage", "activeConnections"]
MONITORED: Final[tuple[tuple[Field, str], ...]] = (
    ("cpuUsage", "cpu_usage"),
    ("memoryUsage", "memory_usage"),
    ("diskUsage", "disk_usage"),
    ("activeConnections", "active_connections"),
)
"""Requirement 2.6: the fields whose change is reported, by their names on the wire and in Python."""
URGENT: Final = frozenset(("cpuUsage", "memoryUsage"))
URGENT_ABOVE: Final = 80.0
"""Requirement 2.6: a change of CPU or memory to above 80 % is of high priority."""
NORMAL_ABOVE: Final = 3
"""Requirement 2.6: more than three changes at once are of normal priority."""


def detect_changes(previous: SystemStatus | None, current: SystemStatus) -> list[Change]:
    """Return what differs between two readings of a host; the first reading is one change of ``all``."""
    if previous is None:
        return [Change("all", None, current)]
    changes = []
    for field, name in MONITORED:
        old, new = getattr(previous, name), getattr(current, name)
        if old != new:
            changes.append(Change(field, old, new, round(new - old, 2)))
    return changes


def priority_of(changes: Sequence[Change]) -> Priority:
    """Return how urgent these changes are: high, normal or low."""
    for change in changes:
        if change.field in URGENT and isinstance(change.new_value, int | float) and change.new_value > URGENT_ABOVE:
            return "high"
    return "normal" if len(changes) > NORMAL_ABOVE else "low"
