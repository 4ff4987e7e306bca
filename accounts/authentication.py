"""``Authorization: Token …`` for programs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import TokenAuthentication as RestTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import Token
from accounts.services import token_digest, tokens_used


class TokenAuthentication(RestTokenAuthentication):
    """Django REST framework's token authentication over our hashed tokens; sets ``request.auth`` to the token."""

    model = Token

    def authenticate_credentials(self, key: str) -> tuple[User, Any]:
        token = Token.objects.select_related("user").filter(digest=token_digest(key)).first()
        now = timezone.now()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            raise AuthenticationFailed("This token is not valid. Ask for a new one.")
        if not token.user.is_active:
            raise AuthenticationFailed("This user is not active.")
        tokens_used([token], now=now)
        return token.user, token
