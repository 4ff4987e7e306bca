"""What the pages share."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest


class ReadOnlyAdmin:
    """What the detector writes is looked at, not edited."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def moment(ms: int | None) -> datetime | None:
    """Return a time in ms as a date; the admin shows it in ``PRESENCE_TIME_ZONE``."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC) if ms else None
