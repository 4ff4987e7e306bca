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

REMEMBERED = 256
"""Answers kept for the time when the database is gone; a chart of 720 points is some 100 KB."""
Body = dict[str, Any]


class Remembered:
    """The newest answers by what was asked, the least recently used forgotten first. Any thread may ask."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[float, Body]] = OrderedDict()

    def answer(self, key: Hashable, read: Callable[[], Body], *, fresh: float = 0.0) -> Body:
        """Return what ``read`` returns, or what it returned within the last ``fresh`` s.

        Raises:
            ApiError: 503 when the database can't be read and never could for this ``key``.
        """
        with self._lock:
            known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < fresh:
            return known[1]
        try:
            body = read()
        except DatabaseError:
            if known is None:
                raise ApiError(503, "UNAVAILABLE", "The database can't be read at the moment.") from None
            return {**known[1], "stale": True}
        with self._lock:
            self._known[key] = (time.monotonic(), body)
            self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return body

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()


remembered = Remembered()


def json_answer(request: Request | HttpRequest, body: Body) -> HttpResponse:
    """Return a body as JSON with an ETag; 304 without a body to who has it already."""
    data = msgspec.json.encode(body)
    etag = quote_etag(hashlib.blake2b(data, digest_size=12).hexdigest())
    if etag in [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(data, content_type="application/json")
    response.headers["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
