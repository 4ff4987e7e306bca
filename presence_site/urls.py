"""Every address of the site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts import openapi  # noqa: F401 - tells drf-spectacular our session authentication
from accounts.throttles import sign_in_throttled
from dashboard import urls as dashboard_urls
from metrics import urls as metrics_urls
from metrics.api.scrape import ScrapeView
from presence_site.api import error_body
from realtime import urls as realtime_urls
from realtime.consumer import PublicConsumer, RealtimeConsumer


def unknown_api(request: HttpRequest, rest: str = "") -> JsonResponse:
    """Answer an unknown API address in the one error shape."""
    return JsonResponse(error_body("NOT_FOUND", f"There is nothing at {request.path}."), status=404)


def livez(request: HttpRequest) -> JsonResponse:
    """Liveness: the process answers. Looks at nothing else, so that a dead database does not get it restarted."""
    return JsonResponse({"status": "ok"})


urlpatterns: list[Any] = [
    path("livez", livez, name="livez"),
    path("metrics", ScrapeView.as_view(), name="metrics"),
    path("admin/login/", sign_in_throttled(admin.site.login)),
    path("admin/password_change/", sign_in_throttled(admin.site.admin_view(admin.site.password_change))),
    path("admin/", admin.site.urls),
    path("api/v1/auth/", include("accounts.urls")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/", include("metrics.urls")),
    path("api/v1/", include("collab.urls")),
    path("api/v1/", include("queries.urls")),
    path("api/v1/", include("realtime.urls")),
    path("api/<path:rest>", unknown_api),
    *metrics_urls.short,
    *realtime_urls.short,
    *dashboard_urls.urlpatterns,
]

websocket_paths: dict[str, Any] = {"/ws": RealtimeConsumer(), "/ws/public": PublicConsumer()}
