"""``/metrics``, for Prometheus."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from presence_site.api import ApiError


class _Whatever(BaseContentNegotiation):
    """Prometheus asks for its own types by preference; there is one answer."""

    def select_parser(self, request: Request, parsers: list[object]) -> object:  # type: ignore[override]
        return parsers[0]

    def select_renderer(self, request: Request, renderers: list[object], format_suffix: object = None) -> object:  # type: ignore[override]
        return renderers[0], "application/json"


class ScrapeView(APIView):
    """All figures in Prometheus's text format, for a token or whoever is signed in."""

    content_negotiation_class = _Whatever

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Return the figures; 503 while the database can't be read."""
        from metrics import prometheus  # the client library is for those alone who scrape

        try:
            return HttpResponse(prometheus.exposition(), content_type=prometheus.CONTENT_TYPE)
        except DatabaseError:
            raise ApiError(503, "UNAVAILABLE", "The database can't be read at the moment.") from None
