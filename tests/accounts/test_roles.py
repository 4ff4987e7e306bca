"""Who has which role, and what a role may do over HTTP and over a socket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.identity import Identity
from accounts.models import Token
from accounts.permissions import Analyst, HasRole, OperatorChanges
from accounts.roles import ROLES, identity_may, roles_from, roles_of
from tests.support.users import make_user


def allowed(permission: HasRole, user: Any, method: str = "POST", auth: Any = None) -> bool:
    """Tell whether a request of ``user`` passes."""
    request = SimpleNamespace(user=user, method=method, auth=auth)
    return permission.has_permission(cast(Any, request), cast(Any, None))


def test_whoever_is_signed_in_is_a_viewer_and_an_administrator_is_everything() -> None:
    assert roles_from(groups=[], is_admin=False) == {"viewer"}
    assert roles_from(groups=["analyst", "gardener"], is_admin=False) == {"viewer", "analyst"}
    assert roles_from(groups=["admin"], is_admin=False) == set(ROLES)
    assert roles_from(groups=[], is_admin=True) == set(ROLES)


def test_a_read_only_token_has_the_viewers_role_alone() -> None:
    identity = Identity(1, "ada", True, frozenset({"admin"}), read_only=True)
    assert identity_may(identity, "viewer")
    assert not identity_may(identity, "analyst")


@pytest.mark.django_db
def test_changing_needs_the_role_and_looking_does_not() -> None:
    operator, viewer = make_user("olga", groups=("operator",)), make_user("vera", groups=("viewer",))
    assert allowed(OperatorChanges(), operator)
    assert not allowed(OperatorChanges(), viewer)
    assert allowed(OperatorChanges(), viewer, "GET")
    assert not allowed(Analyst(), viewer, "GET")


@pytest.mark.django_db
def test_strangers_and_read_only_tokens_change_nothing() -> None:
    operator = make_user("olga", groups=("operator",))
    assert roles_of(AnonymousUser()) == frozenset()
    assert not allowed(OperatorChanges(), AnonymousUser(), "GET")
    assert not allowed(OperatorChanges(), operator, auth=Token(read_only=True))
