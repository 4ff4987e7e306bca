"""Measures every HTTP request of this process."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from metrics.statistics.recorder import record as count

GetResponse = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def request_statistics(get_response: GetResponse) -> GetResponse:
    """Count each request with its latency; answers from 500 on count as errors."""

    def record(started: float, status: int) -> None:
        count("http", (time.perf_counter() - started) * 1000, status < 500)

    if iscoroutinefunction(get_response):

        async def middleware_async(request: HttpRequest) -> HttpResponse:
            started, status = time.perf_counter(), 500
            try:
                response: HttpResponse = await get_response(request)
                status = response.status_code
            finally:
                record(started, status)
            return response

        return middleware_async

    def middleware(request: HttpRequest) -> HttpResponse:
        started, status = time.perf_counter(), 500
        try:
            response: HttpResponse = get_response(request)  # type: ignore[assignment]
            status = response.status_code
        finally:
            record(started, status)
        return response

    return middleware
