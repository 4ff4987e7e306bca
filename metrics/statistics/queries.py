"""Measures every database query of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

from metrics.statistics.recorder import record


def measured(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run one query and count it with its latency."""
    started, ok = time.perf_counter(), False
    try:
        result = execute(sql, params, many, context)
        ok = True
        return result
    finally:
        record("query", (time.perf_counter() - started) * 1000, ok)


def _opened(connection: Any, **_: Any) -> None:
    if measured not in connection.execute_wrappers:
        connection.execute_wrappers.append(measured)


def connect() -> None:
    """Measure every connection that is opened from now on."""
    connection_created.connect(_opened, dispatch_uid="queries_measured")
