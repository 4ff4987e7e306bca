"""Routing as in the Channels tutorial: users from the session, one path."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from consumers import StatusConsumer  # noqa: E402
from django.urls import path  # noqa: E402

urlpatterns: list[object] = []
sockets = AuthMiddlewareStack(URLRouter([path("ws", StatusConsumer.as_asgi())]))
application = ProtocolTypeRouter({"http": http, "websocket": sockets})
