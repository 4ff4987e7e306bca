"""Writes: the first administrator, the groups, tokens, passwords, preferences."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.apps import AppConfig
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import Error, IntegrityError, connection, transaction
from django.http import HttpRequest

from accounts import sign_ins
from accounts.models import Preferences, Token
from accounts.roles import ROLES

GROUPS = ROLES

SETUP_SALT = "presence.setup"
SETUP_LINK_SECONDS = 24 * 3600
NOTED_EVERY = timedelta(minutes=10)


class SetupError(Exception):
    """The one-time link can't be used: ``code`` is ``SETUP_LINK_INVALID`` or ``SETUP_DONE``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def groups_ensure() -> None:
    """Make the groups that are missing."""
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


def admin_group_permit(sender: AppConfig, **_: object) -> None:
    """Let members of the group ``admin`` edit in the Django admin whatever the app ``sender`` has there."""
    group, _created = Group.objects.get_or_create(name="admin")
    group.permissions.add(*Permission.objects.filter(content_type__app_label=sender.label))


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
    return token_issue(user=user, name=name, read_only=read_only, expires_at=expires_at)[1]


def token_issue(
    *, user: User, name: str, read_only: bool = False, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Make a token and return it with its key, which can't be shown again."""
    while True:
        key = secrets.token_urlsafe(32)
        try:
            token = Token.objects.create(
                user=user, name=name, digest=token_digest(key), read_only=read_only, expires_at=expires_at
            )
        except IntegrityError:  # a collision of 256 random bits: not in this universe, but cheap to be right about
            continue
        return token, key


def tokens_used(tokens: Iterable[Token], *, now: datetime) -> None:
    """Note that these were used. A write per use would cost more than it tells, so it is to ten minutes.

    What can't be noted (a locked database) is let go: nobody is refused for it.
    """
    stale = [token.pk for token in tokens if token.last_used_at is None or now - token.last_used_at > NOTED_EVERY]
    if stale:
        with suppress(Error):
            Token.objects.filter(pk__in=stale).update(last_used_at=now)


def password_change(*, request: HttpRequest, user: User, current: str, new: str) -> None:
    """Change a user's own password: every other browser of theirs is signed out, the one that asks is not.

    Raises:
        django.core.exceptions.ValidationError: with ``code`` ``INVALID_CREDENTIALS`` when ``current`` is wrong, else
            with what is wrong about ``new``.
    """
    if not user.check_password(current):
        raise ValidationError("The current password is wrong.", code="INVALID_CREDENTIALS")
    validate_password(new, user)
    user.set_password(new)
    before = request.session.session_key
    with transaction.atomic():
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)  # gives the session a new key, in case the old one was stolen
        request.session.save()
        sign_ins.moved(user=user, before=before, after=request.session.session_key)


def preferences_change(*, user: User, **values: str) -> Preferences:
    """Keep what a user chose; fields that are not named stay as they are."""
    preferences, _created = Preferences.objects.update_or_create(user=user, defaults=values)
    return preferences
