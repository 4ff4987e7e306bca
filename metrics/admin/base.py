"""What the pages share."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone


class ReadOnlyAdmin:
    """What the detector writes is looked at, not edited."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def moment(ms: int | None) -> str:
    """Return a time in ms as a date in ``PRESENCE_TIME_ZONE``; a dash when there is none."""
    return f"{timezone.localtime(datetime.fromtimestamp(ms / 1000, tz=UTC)):%Y-%m-%d %H:%M:%S}" if ms else "-"
