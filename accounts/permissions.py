"""Permissions of the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import Token
from accounts.roles import Role, roles_of

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


class SignedInByBrowser(SignedIn):
    """Looking is for everybody signed in; changing needs the session of a browser: a token must not outlive itself."""

    message = "Tokens may not do this; sign in with a browser."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check as ``SignedIn`` does, and that no token changes anything."""
        allowed = super().has_permission(request, view)
        return allowed and (request.method in SAFE_METHODS or not isinstance(request.auth, Token))


class HasRole(BasePermission):
    """Everybody signed in may look, ``role`` may change. Subclasses name the role."""

    role: Role = "admin"
    reads_too = False
    """True when looking needs the role as well."""
    message = "You may not do this; an administrator can give you the role for it."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the user's roles, and that a read-only token only looks."""
        if not (request.user and request.user.is_authenticated):
            return False
        safe = request.method in SAFE_METHODS
        if not safe and isinstance(request.auth, Token) and request.auth.read_only:
            return False
        return (safe and not self.reads_too) or self.role in roles_of(request.user)


class OperatorChanges(HasRole):
    """Operators acknowledge and silence."""

    role = "operator"


class AdminChanges(HasRole):
    """Administrators edit rules and settings."""

    role = "admin"


class Analyst(HasRole):
    """Analysts alone run SQL and see what was run."""

    role = "analyst"
    reads_too = True


class Admin(HasRole):
    """Administrators alone."""

    role = "admin"
    reads_too = True
