"""Writes: the first administrator, the groups, tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.db import IntegrityError, connection, transaction

from accounts.models import Token
from accounts.roles import ROLES

GROUPS = ROLES

SETUP_SALT = "presence.setup"
SETUP_LINK_SECONDS = 24 * 3600


class SetupError(Exception):
    """The one-time link can't be used: ``code`` is ``SETUP_LINK_INVALID`` or ``SETUP_DONE``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def groups_ensure() -> None:
    """Make the groups that are missing."""
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


def setup_needed() -> bool:
    """Tell whether no user exists yet."""
    return not get_user_model().objects.exists()


def setup_token() -> str:
    """Return the secret of the one-time link. It is good for a day and only while no user exists."""
    return signing.dumps("administrator", salt=SETUP_SALT)


def administrator_create_by_link(*, token: str, username: str, password: str) -> User:
    """Create the first administrator for whoever holds the one-time link.

    Raises:
        SetupError: when the link is forged or old, or somebody was first.
        django.core.exceptions.ValidationError: when the password is too weak.
    """
    try:
        signing.loads(token, salt=SETUP_SALT, max_age=SETUP_LINK_SECONDS)
    except signing.BadSignature:
        message = "This link is not valid any more. Restart Presence: it prints a new one while no user exists."
        raise SetupError("SETUP_LINK_INVALID", message) from None
    validate_password(password, User(username=username))
    user = administrator_create_first(username=username, password=password)
    if user is None:
        raise SetupError("SETUP_DONE", "An administrator exists already. Sign in instead.")
    return user


def administrator_create_first(*, username: str, password: str) -> User | None:
    """Create an administrator if no user exists; return None when one does. Safe when several processes try at once."""
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite's IMMEDIATE transaction already lets one writer in at a time
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('presence.setup'))")
        if not setup_needed():
            return None
        user = User.objects.create_superuser(username=username, password=password)
        user.groups.add(Group.objects.get_or_create(name="admin")[0])
        return user


def token_digest(key: str) -> str:
    """Return what is stored of a token. Keys are 256 random bits, so a plain SHA-256 can't be searched."""
    return hashlib.sha256(key.encode()).hexdigest()


def token_create(*, user: User, name: str, read_only: bool = False, expires_at: datetime | None = None) -> str:
    """Make a token and return its key, which can't be shown again."""
    while True:
        key = secrets.token_urlsafe(32)
        try:
            Token.objects.create(
                user=user, name=name, digest=token_digest(key), read_only=read_only, expires_at=expires_at
            )
        except IntegrityError:  # a collision of 256 random bits: not in this universe, but cheap to be right about
            continue
        return key
