"""Permissions of the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import Token

if TYPE_CHECKING:  # views import their default permissions: at run time this would be a circle
    from rest_framework.views import APIView


class SignedIn(BasePermission):
    """Signed in; a read-only token may only look."""

    message = "You may not do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        read_only = isinstance(request.auth, Token) and request.auth.read_only
        return not read_only or request.method in SAFE_METHODS
