"""``Authorization: Token …`` for programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.authentication import TokenAuthentication as RestTokenAuthentication
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import Token
from accounts.outage import outage
from accounts.services import token_digest, tokens_used


class TokenAuthentication(RestTokenAuthentication):
    """Django REST framework's token authentication over our hashed tokens; sets ``request.auth`` to the token."""

    model = Token

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        """Look the token up; while the database is gone, what it said lately stands in."""
        header = get_authorization_header(request)
        if not header:
            return None
        look = super().authenticate
        return outage.ask(request, token_digest(header.decode("latin-1")), lambda: look(request))

    def authenticate_credentials(self, key: str) -> tuple[User, Any]:
        token = Token.objects.select_related("user").filter(digest=token_digest(key)).first()
        now = timezone.now()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            raise AuthenticationFailed("This token is not valid. Ask for a new one.")
        if not token.user.is_active:
            raise AuthenticationFailed("This user is not active.")
        tokens_used([token], now=now)
        return token.user, token


class SessionAuthentication(RestSessionAuthentication):
    """Django REST framework's session authentication; while the database is gone, what it said lately stands in."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Return the session's user; None when there is none."""
        cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if not cookie:
            return super().authenticate(request)
        look = super().authenticate
        return outage.ask(request, token_digest(cookie), lambda: look(request))
