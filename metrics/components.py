"""What each component is called, what it is measured in, and where its value stands in a reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import UNSET

from metrics.messages import SystemStatus
from metrics.models import Component

BYTES_PER_GB = 1_000_000_000
MAINTENANCE = "maintenance"
"""The component of a notice; no rule watches it."""


@dataclass(frozen=True)
class About:
    """One component. ``read`` takes its value out of a reading; None for what is measured elsewhere."""

    label: Any
    unit: str
    read: Callable[[SystemStatus], float | None] | None = None


def _given(value: Any) -> float | None:
    return None if value is UNSET or value is None else float(value)


def _load_per_core(reading: SystemStatus) -> float | None:
    load, cores = _given(reading.load1), reading.cpu_per_core
    if load is None or cores is UNSET or not cores:
        return None
    return round(load / len(cores), 2)


def _process_memory(reading: SystemStatus) -> float | None:
    value = _given(reading.process_memory)
    return None if value is None else round(value / BYTES_PER_GB, 3)


ABOUT: Mapping[str, About] = {
    Component.CPU: About(_("CPU"), "%", lambda reading: reading.cpu_usage),
    Component.MEMORY: About(_("Memory"), "%", lambda reading: reading.memory_usage),
    Component.DISK: About(_("Disk"), "%", lambda reading: reading.disk_usage),
    Component.SWAP: About(_("Swap"), "%", lambda reading: _given(reading.swap_usage)),
    Component.LOAD: About(_("Load per core"), "", _load_per_core),
    Component.PROCESS_MEMORY: About(_("Process memory"), "GB", _process_memory),
    Component.CONNECTIONS: About(_("WebSocket connections"), ""),
    Component.BROADCAST_LATENCY: About(_("Broadcast latency (p95)"), "ms"),
    Component.QUERY_TIME: About(_("Database query time (p95)"), "ms"),
    Component.RECONNECT_RATE: About(_("Reconnect rate"), "%"),
    Component.HTTP_ERROR_RATE: About(_("HTTP error rate"), "%"),
    Component.HOST: About(_("Host"), "s"),
    MAINTENANCE: About(_("Maintenance"), ""),
}
FROM_READINGS = frozenset(name for name, about in ABOUT.items() if about.read is not None)


def values_of(reading: SystemStatus) -> dict[str, float | None]:
    """Return the value of every component that a reading has, in the component's unit."""
    return {str(name): about.read(reading) for name, about in ABOUT.items() if about.read is not None}


def with_unit(component: str, value: float) -> str:
    """Return a value with its unit, for people: ``99 %``, ``1.8 GB``, ``8000``."""
    about = ABOUT.get(component)
    text = f"{round(value, 2):g}" if abs(value) < 100_000 else f"{value:.0f}"
    return f"{text} {about.unit}" if about is not None and about.unit else text


def label_of(component: str) -> str:
    """Return what a component is called, in the language in force."""
    about = ABOUT.get(component)
    return component if about is None else str(about.label)
