"""Which pages of other origins may call the API: those of ``PRESENCE_ALLOWED_ORIGINS``, with a token.

Credentials are never allowed: a cookie that the browser adds by itself says nothing about who wants the call. Hand-made
because it is a dozen lines; django-cors-headers has a setting for each of thirty things that are not wanted here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

GetResponse = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, Accept, If-None-Match"
EXPOSED = "ETag, Retry-After, Content-Disposition"
KEEP_SECONDS = 600


@sync_and_async_middleware
def cross_origin(get_response: GetResponse) -> GetResponse:
    """Answer preflights, and mark the answers that such a page may read."""

    def origin_of(request: HttpRequest) -> str | None:
        origin = request.headers.get("Origin", "")
        on_api = request.path.startswith("/api/")
        return origin if on_api and origin in settings.PRESENCE_ALLOWED_ORIGINS else None

    def preflight(request: HttpRequest) -> HttpResponse | None:
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        response = HttpResponse(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = str(KEEP_SECONDS)
        return response

    def finish(response: HttpResponse, origin: str | None) -> HttpResponse:
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            patch_vary_headers(response, ["Origin"])
        return response

    if iscoroutinefunction(get_response):

        async def middleware_async(request: HttpRequest) -> HttpResponse:
            origin = origin_of(request)
            answer = preflight(request) if origin else None
            return finish(answer or await get_response(request), origin)

        return middleware_async

    def middleware(request: HttpRequest) -> HttpResponse:
        origin = origin_of(request)
        answer = preflight(request) if origin else None
        return finish(answer or get_response(request), origin)  # type: ignore[arg-type]

    return middleware
