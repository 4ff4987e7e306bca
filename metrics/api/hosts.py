"""``/hosts`` and ``/status``."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import F
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import AdminChanges
from metrics import selectors
from metrics.api.answers import encoded_answer, json_answer, remembered
from metrics.api.queries import HOST, OFFLINE_MS, host_asked_for, host_named
from metrics.models import PRESENCE_SERVICE, Alert, Host, Snapshot
from presence_site.api import ApiError
from realtime.protocol import SEVERITY_RANK

FRESH_SECONDS = 1.0
"""How long a list of all hosts is good for: ten open overviews cost as much as one."""


class StatusView(APIView):
    """The newest reading of one host."""

    @extend_schema(parameters=[HOST], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return a ``SystemStatus``; ``stale`` when the host was not heard of lately or the database can't be read."""
        name = request.query_params.get("host")
        body = remembered.answer(("status", name), lambda: _status(name))
        silent = time.time() * 1000 - body["timestamp"] > OFFLINE_MS
        stale = bool(body.get("stale")) or silent
        return json_answer(request, {**body, "systemOnline": not silent, "stale": stale})


def _status(name: str | None) -> dict[str, Any]:
    host = host_asked_for(name)
    newest = selectors.statuses_newest(host=host, limit=1)
    if not newest:
        raise ApiError(
            404, "NO_DATA", f"{host.name} has no readings; they are kept for {settings.PRESENCE_RAW_HOURS} hours."
        )
    body: dict[str, Any] = msgspec.to_builtins(newest[0])
    return body


class HostsView(APIView):
    """All hosts."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        """Return each host with its newest status and the level of its worst open alert."""
        return encoded_answer(request, remembered.encoded("hosts", _hosts, fresh=FRESH_SECONDS))


class HostView(APIView):
    """One host."""

    permission_classes = [AdminChanges]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Return a host as in the list of all."""
        known = remembered.answer("hosts", _hosts, fresh=FRESH_SECONDS)["results"]
        found = next((one for one in known if one["name"] == name), None)
        if found is None:
            raise ApiError(404, "UNKNOWN_HOST", f"No host is named {name!r}; see /api/v1/hosts.")
        return json_answer(request, found)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete a host with its history, tokens, and the rules and silences for it alone; its alerts end.

        A detector or an agent that still runs there makes it anew with its next reading.
        """
        host_named(name).delete()
        remembered.forget("hosts")
        return Response(status=204)


def _hosts() -> dict[str, Any]:
    now = time.time() * 1000
    newest = Snapshot.objects.filter(timestamp=F("host__last_seen")).select_related("host")
    statuses = {row.host_id: row for row in newest}
    worst: dict[int, str] = {}
    for host_id, level in Alert.objects.filter(ended_at=None).values_list("host_id", "level"):
        if SEVERITY_RANK.get(level, -1) > SEVERITY_RANK.get(worst.get(host_id, ""), -1):
            worst[host_id] = level
    found = [_host(host, statuses.get(host.pk), worst.get(host.pk, ""), now) for host in Host.objects.all()]
    return {"results": found, "next": None, "previous": None, "stale": False}


def _host(host: Host, newest: Snapshot | None, level: str, now: float) -> dict[str, Any]:
    ours = host.name == PRESENCE_SERVICE  # who answers is there
    online = ours or now - host.last_seen < OFFLINE_MS
    status = None
    if newest is not None:
        status = {**msgspec.to_builtins(selectors.status_of(newest, host)), "systemOnline": online}
    return {
        "name": host.name,
        "kind": host.kind,
        "online": online,
        "lastSeen": int(now) if ours else host.last_seen,
        "version": host.version,
        "status": status,
        "level": level,
    }
