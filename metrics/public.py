"""What strangers may see where ``PRESENCE_PUBLIC`` lets them look: how machines do, not what runs on them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from metrics.messages import HealthAlert, StatusUpdate, SystemStatus

_update = msgspec.json.Decoder(StatusUpdate)
_status = msgspec.json.Decoder(SystemStatus)
_encode = msgspec.json.Encoder().encode


def status(known: SystemStatus) -> SystemStatus:
    """Take away the processes and the version, which tell an attacker what to try."""
    return msgspec.structs.replace(known, processes=UNSET, version="")


def event_data(data: bytes) -> bytes:
    """Return the data of a ``status_update`` for strangers. Changes are left out: the first holds a whole status."""
    update = _update.decode(data)
    return _encode(StatusUpdate(update.host, status(update.status), [], update.timestamp))


def entry(data: bytes) -> bytes:
    """Return an entry of the status history for strangers."""
    return _encode(status(_status.decode(data)))


def host(known: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of ``/hosts`` for strangers."""
    newest = known["status"]
    shown = {name: known[name] for name in ("name", "online", "lastSeen", "level")}
    return {**shown, "version": "", "status": newest and {**newest, "processes": [], "version": ""}}


def alert(known: HealthAlert) -> dict[str, Any]:
    """Return an open alert for strangers: no word of who acknowledged it, nor of what a person wrote."""
    return {
        "id": known.id,
        "host": known.host,
        "state": known.state,
        "level": known.level,
        "component": known.component,
        "threshold": known.threshold,
        "currentValue": known.current_value,
        "timestamp": known.timestamp,
        "startedAt": known.started_at,
    }
