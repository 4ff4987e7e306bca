"""``/ingest/status`` and ``/ingest/requests``: where hosts and applications push."""

from __future__ import annotations

import time
import zlib
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rates import rates
from metrics.ingest import messages
from metrics.ingest.receive import receiver
from metrics.ingest.tokens import host_token_find
from metrics.models import Host, HostToken
from metrics.statistics.store import LATE_MS, buckets_store
from presence_site.api import ApiError

BURST = 3.0
"""A sender that was silent may make up for so many seconds at once, and for so many requests at least."""


class HostTokenAuthentication(BaseAuthentication):
    """``Authorization: Token phk_…`` (or ``Bearer``); no other credential counts here, and this one nowhere else."""

    def authenticate(self, request: Request) -> tuple[None, HostToken] | None:
        """Return the token; None when there is none in the request."""
        kind, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() not in ("token", "bearer"):
            return None
        token = host_token_find(key=key.strip(), now=_now())
        if token is None:
            raise AuthenticationFailed("This is no token of a host. `manage.py host_token NAME` makes one.")
        return None, token

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a request without a token gets 401."""
        return "Token"


class HasHostToken(BasePermission):
    """A token of a host was shown."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether there is one."""
        return isinstance(request.auth, HostToken)


class _AnyBody(BaseParser):
    """The body is read as bytes, whatever it says it is."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return {}


def _now() -> int:
    return time.time_ns() // 1_000_000


class IngestView(APIView):
    """What both have in common: who may, how often, how much."""

    authentication_classes = [HostTokenAuthentication]
    permission_classes = [HasHostToken]
    parser_classes = [_AnyBody]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the token, then its rate: requests per second, with three seconds' worth at once."""
        try:
            super().initial(request, *args, **kwargs)
        except DatabaseError:
            raise _unavailable() from None
        assert isinstance(request.auth, HostToken)
        per_second = settings.PRESENCE_INGEST_PER_SECOND
        limit = max(BURST, BURST * per_second)
        if wait := rates().take(f"ingest:{request.auth.pk}", limit=limit, seconds=limit / per_second):
            raise Throttled(wait=wait)

    def host(self, request: Request) -> Host:
        """Return the host that the token is for."""
        assert isinstance(request.auth, HostToken)
        return request.auth.host


def body_of(request: Request) -> bytes:
    """Return the body, unpacked when it is gzip.

    Raises:
        ApiError: 413 beyond ``PRESENCE_INGEST_BYTES``, packed or not; 400 for what is no gzip.
    """
    limit = settings.PRESENCE_INGEST_BYTES
    too_large = ApiError(413, "TOO_LARGE", f"At most {limit:,} bytes at once.", {"limit": limit})
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise too_large
    try:
        body: bytes = request._request.body
    except RequestDataTooBig:
        raise too_large from None
    if len(body) > limit:
        raise too_large
    if request.headers.get("Content-Encoding", "").lower() != "gzip":
        return body
    unpack = zlib.decompressobj(wbits=31)
    try:
        body = unpack.decompress(body, limit + 1)
    except zlib.error:
        raise ApiError(400, "INVALID_REQUEST", "The body is not gzip.") from None
    if len(body) > limit:
        raise too_large
    if not unpack.eof:
        raise ApiError(400, "INVALID_REQUEST", "The gzip body is cut off.")
    return body


def _unavailable() -> ApiError:
    return ApiError(503, "UNAVAILABLE", "The database does not take it at the moment; nothing was stored. Come again.")


class IngestStatusView(IngestView):
    """Readings of a host that has no access to the database."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Take a ``SystemStatus``, a list of them, or ``{readings, sentAt}``: all or nothing.

        Return how many were ``accepted``, how many of them were known already (``ignored``), and ``serverTime`` (ms).
        """
        now, host = _now(), self.host(request)
        oldest = now - settings.PRESENCE_INGEST_HOURS * 3_600_000
        limit = settings.PRESENCE_INGEST_READINGS
        try:
            readings = messages.readings_of(body_of(request), host=host.name, now=now, oldest=oldest, at_most=limit)
            stored = receiver().take(host=host, readings=readings, now=now)
        except messages.Refused as refused:
            raise ApiError(400, refused.code, refused.message, refused.details) from None
        except DatabaseError:
            raise _unavailable() from None
        return Response({"accepted": len(readings), "ignored": len(readings) - stored, "serverTime": now})


class IngestRequestsView(IngestView):
    """Request statistics of an application."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """Take ``{process, buckets: [{start, errors, latencies | sketch, sum}], sentAt?}``: all or nothing.

        A bucket is ten seconds of one process; sent again, it replaces what was sent before.
        """
        now, host = _now(), self.host(request)
        try:
            process, buckets = messages.requests_of(body_of(request), now=now, oldest=now - LATE_MS)
            buckets_store(source=host.name, process=process, buckets=[("http", bucket) for bucket in buckets])
            Host.objects.filter(pk=host.pk, last_seen__lt=now).update(last_seen=now)
        except messages.Refused as refused:
            raise ApiError(400, refused.code, refused.message, refused.details) from None
        except DatabaseError:
            raise _unavailable() from None
        return Response({"accepted": len(buckets), "serverTime": now})
