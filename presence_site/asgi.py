"""The ASGI application: HTTP to Django, WebSocket to the hub, lifespan to what runs beside them."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presence_site.settings")
django_application = get_asgi_application()  # before anything that needs the app registry

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.core.signals import request_finished  # noqa: E402
from django.db import connections  # noqa: E402

from metrics import chores  # noqa: E402
from presence_site.body import bounded  # noqa: E402
from presence_site.lifespan import Lifespan  # noqa: E402
from presence_site.urls import websocket_paths  # noqa: E402
from realtime.endpoint_consumer import endpoint_at  # noqa: E402


def connections_close(**_: Any) -> None:
    """Close what a request has used: each runs on a thread of its own, where nobody would find it again.

    ``CONN_MAX_AGE`` is for the threads that stay. Without this a few dozen requests use up PostgreSQL's connections.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # a test's own
            connection.close()


request_finished.connect(connections_close)
bounded_application = bounded(django_application)


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand a request to Django. The chores start here where the server knows no lifespan (Daphne)."""
    chores.start()
    await bounded_application(scope, receive, send)


async def unknown_path(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuse a socket on a path that is none of ours."""
    await receive()
    await send({"type": "websocket.close", "code": 4004, "reason": "unknown path"})


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Route a socket by its path. A look-up: Channels' router tries patterns and copies the scope for each socket."""
    path = scope["path"]
    application = websocket_paths.get(path) or endpoint_at(path) or unknown_path
    await application(scope, receive, send)


application = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": Lifespan()})
