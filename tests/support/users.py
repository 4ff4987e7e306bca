"""Users, and the sessions and tokens they have."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.identity import Credential
from accounts.services import token_create

PASSWORD = "difference engine no. 2"


def make_user(name: str = "ada", *, groups: tuple[str, ...] = (), **values: Any) -> User:
    """Return a new user without rights."""
    user = User.objects.create_user(name, password=PASSWORD, **values)
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user


def session_of(user: User) -> Credential:
    """Return what the browser of a user shows after signing in."""
    client = Client()
    client.force_login(user)
    return Credential(session=client.cookies["presence_session"].value)


def token_of(user: User, **values: Any) -> Credential:
    """Return what a program of a user shows."""
    return Credential(token=token_create(user=user, name="test", **values))


class Gone(ModelBackend):
    """A way to sign in that an installation once had."""
