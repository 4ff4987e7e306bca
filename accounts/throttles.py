"""Limits of the HTTP API by address, over all web processes (``rates.py``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.addresses import network_of
from accounts.rates import rates


class AddressThrottle(BaseThrottle):
    """So many requests a minute of one address. Subclasses name the scope and the setting that holds the number.

    The address is what the server says: it has put a trusted proxy's client there. ``X-Forwarded-For`` itself is
    whatever a client likes.
    """

    scope: str
    setting: str

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; False when there were too many."""
        self._wait = self.count(request)
        return not self._wait

    @classmethod
    def count(cls, request: Request | HttpRequest) -> float:
        """Count a request of that address; return the s to wait when there were too many, else 0."""
        key = f"{cls.scope}:{network_of(request.META.get('REMOTE_ADDR', ''))}"
        return rates().take(key, limit=getattr(settings, cls.setting), seconds=60)

    def wait(self) -> float | None:
        """Return the s until the next one is allowed."""
        return self._wait or None


class SignInThrottle(AddressThrottle):
    """Failed and successful sign-ins of one address, counted together, whether it is signed in already or not."""

    scope = "sign_in"
    setting = "PRESENCE_SIGN_IN_RATE"


def sign_in_throttled(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Count each POST to a page of the admin that takes a password: another door must not have another lock."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait = SignInThrottle.count(request) if request.method == "POST" else 0
        if not wait:
            return view(request, *args, **kwargs)
        text = _("Too many tries. Wait a minute, then go back and try again.")
        return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})

    return wrapper
