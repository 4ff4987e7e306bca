"""Headers that every response carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware


def content_security_policy(*, framed_by: Iterable[str] = ()) -> str:
    """Return the policy of a page that pages of the origins ``framed_by`` may show in a frame; by default none may."""
    ancestors = " ".join(framed_by) or "'none'"
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        )
    )


CONTENT_SECURITY_POLICY = content_security_policy()
"""Neither ``unsafe-inline`` nor ``unsafe-eval``: scripts and styles come from files of ours."""

GetResponse = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def security_headers(get_response: GetResponse) -> GetResponse:
    """Add the content security policy to each response that does not bring its own."""

    def finish(response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response

    if iscoroutinefunction(get_response):

        async def middleware_async(request: HttpRequest) -> HttpResponse:
            return finish(await get_response(request))

        return middleware_async

    def middleware(request: HttpRequest) -> HttpResponse:
        return finish(get_response(request))  # type: ignore[arg-type]

    return middleware
