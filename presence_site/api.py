"""What every HTTP endpoint shares: one error shape, one page shape."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import csrf
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import set_rollback

logger = logging.getLogger(__name__)

CODES = {
    400: "INVALID_REQUEST",
    401: "NOT_SIGNED_IN",
    403: "NOT_ALLOWED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    503: "UNAVAILABLE",
}


class ApiError(exceptions.APIException):
    """A refusal with a code of its own: ``raise ApiError(409, "SETUP_DONE", "An administrator exists already.")``."""

    def __init__(self, status_code: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.code = code
        self.details = details


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    """Return the one error shape: ``{"error": {"code", "message", "details"?}}``."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = details
    return {"error": error}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into the one error shape; an unexpected exception stays a 500 in the log."""
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    elif isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    elif isinstance(exception, OperationalError | InterfaceError):
        logger.warning("The database did not answer a request: %s", exception)
        exception = ApiError(503, CODES[503], "The database does not answer at the moment.")
    if not isinstance(exception, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if header := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(exception, ApiError):
        body = error_body(exception.code, str(exception.detail), exception.details)
    elif isinstance(exception, exceptions.ValidationError):
        body = error_body(CODES[400], _first_message(exception.detail), exception.detail)
    else:
        body = error_body(CODES.get(exception.status_code, "ERROR"), str(exception.detail))
    return Response(body, status=exception.status_code, headers=headers)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a request without the CSRF token: in the one error shape on the API, Django's page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse(error_body(CODES[403], reason), status=403)
    return csrf.csrf_failure(request, reason)


def _first_message(detail: Any, path: str = "") -> str:
    if isinstance(detail, dict) and detail:
        field, inner = next(iter(detail.items()))
        return _first_message(inner, f"{path}.{field}".strip("."))
    if isinstance(detail, list) and detail:
        return _first_message(detail[0], path)
    return f"{path}: {detail}" if path and path != "non_field_errors" else str(detail)


class Page(CursorPagination):
    """Lists are ``{results, next, previous}``; ``next`` and ``previous`` are links or null."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = "-id"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


def only_versioned(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leave the requirement's short paths out of OpenAPI: they are the same views once more."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def listed(results: list[Any]) -> Response:
    """Return a whole short list in the page shape."""
    return Response({"results": results, "next": None, "previous": None}, status=status.HTTP_200_OK)
