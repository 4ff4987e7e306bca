"""Answers that outlive the database: what was read last is given again, marked ``stale``, while it can't be read."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import quote_etag
from rest_framework.request import Request

from presence_site.api import ApiError

REMEMBERED_BYTES = 16_000_000
"""What is kept for the time when the database is gone; a chart of 720 points is 200 KB of JSON."""
Body = dict[str, Any]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Remembered:
    """The newest answers by what was asked, the least recently read forgotten first. Any thread may ask."""

    def __init__(self, size: int = REMEMBERED_BYTES) -> None:
        self._left = size
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()

    def encoded(self, key: Hashable, read: Callable[[], Body], *, fresh: float = 0.0) -> bytes:
        """Return what ``read`` returns, or what it returned within the last ``fresh`` s, as JSON.

        Raises:
            ApiError: 503 when the database can't be read and never could for this ``key``.
        """
        with self._lock:
            known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < fresh:
            return known[1]
        try:
            data = msgspec.json.encode(read())
        except DatabaseError:
            if known is None:
                raise ApiError(503, "UNAVAILABLE", "The database can't be read at the moment.") from None
            return msgspec.json.encode({**_decode(known[1]), "stale": True})
        self._keep(key, data)
        return data

    def answer(self, key: Hashable, read: Callable[[], Body], *, fresh: float = 0.0) -> Body:
        """Return the same to change something of it."""
        return _decode(self.encoded(key, read, fresh=fresh))

    def forget(self, key: Hashable) -> None:
        """Forget one answer, which an edit has made wrong."""
        with self._lock:
            self._left += len(self._known.pop(key, (0.0, b""))[1])

    def _keep(self, key: Hashable, data: bytes) -> None:
        with self._lock:
            _, before = self._known.pop(key, (0.0, b""))
            self._known[key] = (time.monotonic(), data)
            self._left += len(before) - len(data)
            while self._left < 0 and len(self._known) > 1:
                _, (_, gone) = self._known.popitem(last=False)
                self._left += len(gone)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._left += sum(len(data) for _, data in self._known.values())
            self._known.clear()


remembered = Remembered()


def json_answer(request: Request | HttpRequest, body: Body) -> HttpResponse:
    """Return a body as JSON with an ETag; 304 without a body to who has it already."""
    return encoded_answer(request, msgspec.json.encode(body))


def encoded_answer(request: Request | HttpRequest, data: bytes) -> HttpResponse:
    """Return what is JSON already in the same way: a chart is 200 KB, and encoding it once is enough."""
    etag = quote_etag(hashlib.blake2b(data, digest_size=12).hexdigest())
    if etag in [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(data, content_type="application/json")
    response.headers["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
