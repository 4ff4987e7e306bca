"""The limits of the console, read from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from queries.sandbox.job import Engine, Limits

POSTGRES_CLIENT_BYTES = 384 * 2**20
"""Address space that psycopg and its libraries take before the first row."""
OWN_LIMIT_FACTOR = 2
"""SQLite itself gets half of what the process gets, so that its refusal comes first and in words."""


@dataclass(frozen=True, slots=True)
class ConsoleLimits:
    """Times in s, sizes in bytes."""

    timeout: float
    rows: int
    bytes: int
    value_bytes: int
    text_bytes: int
    memory: int
    temporary: int
    running_per_user: int
    queued_per_user: int
    running: int
    grace: float
    keep: float
    spool_bytes: int
    record_days: int
    share_hours: int
    folder: Path

    @classmethod
    def from_settings(cls) -> ConsoleLimits:
        """Read the ``QUERY_…`` settings."""
        return cls(
            timeout=settings.QUERY_TIMEOUT / 1000,
            rows=settings.QUERY_MAX_ROWS,
            bytes=settings.QUERY_MAX_BYTES,
            value_bytes=settings.QUERY_MAX_VALUE_BYTES,
            text_bytes=settings.QUERY_MAX_TEXT_BYTES,
            memory=settings.QUERY_MEMORY_BYTES,
            temporary=settings.QUERY_TEMP_BYTES,
            running_per_user=settings.QUERY_RUNNING_PER_USER,
            queued_per_user=settings.QUERY_QUEUED_PER_USER,
            running=settings.QUERY_RUNNING,
            grace=settings.QUERY_GRACE,
            keep=settings.QUERY_KEEP,
            spool_bytes=settings.QUERY_SPOOL_BYTES,
            record_days=settings.QUERY_RECORD_DAYS,
            share_hours=settings.QUERY_SHARE_HOURS,
            folder=Path(settings.DATA_DIR) / "queries",
        )

    def of_job(self, engine: Engine, *, rows: int | None, timeout: float) -> Limits:
        """Return what one execution may use; ``rows`` lowers the limit, never raises it."""
        more = POSTGRES_CLIENT_BYTES if engine == "postgresql" else 0
        return Limits(
            rows=min(rows or self.rows, self.rows),
            bytes=self.bytes,
            value_bytes=self.value_bytes,
            memory_bytes=self.memory + more,
            heap_bytes=self.memory // OWN_LIMIT_FACTOR,
            disk_bytes=self.temporary,
            cpu_seconds=int(timeout) + 2,
        )
