"""Who may do what: four roles, each a Django group of that name.

``viewer`` sees, ``operator`` acknowledges and silences, ``analyst`` runs SQL, ``admin`` edits everything. Whoever is
signed in is a viewer; an administrator, and every superuser, has all roles. A read-only token has the viewer's alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, get_args

from django.contrib.auth.models import AnonymousUser, User

if TYPE_CHECKING:
    from accounts.identity import Identity

Role = Literal["viewer", "operator", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


def roles_from(*, groups: Iterable[str], is_admin: bool) -> frozenset[Role]:
    """Return the roles of somebody who is signed in and belongs to ``groups``."""
    names = set(groups)
    if is_admin or "admin" in names:
        return frozenset(ROLES)
    return frozenset(role for role in ROLES if role == "viewer" or role in names)


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Return a user's roles; none for somebody who is not signed in."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return roles_from(groups=user.groups.values_list("name", flat=True), is_admin=user.is_superuser)


def identity_may(identity: Identity, role: Role) -> bool:
    """Tell whether the one behind a socket has ``role``."""
    if identity.stranger:
        return False
    if identity.read_only:
        return role == "viewer"
    return role in roles_from(groups=identity.groups, is_admin=identity.is_admin)
