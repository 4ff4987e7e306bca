"""``/ws/stats`` and the schema of the wire."""

from __future__ import annotations

import asyncio

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from presence_site.api import ApiError
from realtime.encode import now_ms
from realtime.hub import running_hub
from realtime.registry import merged
from realtime.schema import wire_schema

WAIT_SECONDS = 5.0


class SocketStatsView(APIView):
    """Sockets, over all processes."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return total, unique users, average subscriptions, per process, endpoint and topic, disconnects by code.

        Besides: what browsers report of their connections, the share of reconnects in the last hour (%), and how late
        events were written in the last minute (ms).
        """
        hub = running_hub()
        if hub is None:
            raise ApiError(503, "UNAVAILABLE", "No socket was opened in this process yet.")
        future = asyncio.run_coroutine_threadsafe(hub.everyones_figures(), hub.loop)
        try:
            figures = future.result(WAIT_SECONDS)
        except TimeoutError:
            future.cancel()
            raise ApiError(503, "UNAVAILABLE", "The figures can't be had right now; try again.") from None
        return Response(merged(figures, now_ms()))


class WireSchemaView(APIView):
    """The JSON Schema of the messages on ``/ws``."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the schema, generated from the structs that the server decodes with."""
        return Response(wire_schema())
