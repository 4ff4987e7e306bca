"""The rows behind sessions, tokens and users, read for hundreds of sockets at once.

Plain rows instead of model instances, and statements that need no compiling: with the ORM's, half of a storm of
connects was spent here (``docs/fan-out.md``). What Django's own sign-in checks is checked: the signature of the
session, its expiry, its backend, the session hash under ``SECRET_KEY`` and its fallbacks.
"""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.utils import timezone
from django.utils.encoding import force_bytes
from msgspec import Struct, field

from accounts.sessions import SessionStore, could_be_a_key

USER_HASH_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
"""What ``AbstractBaseUser._get_session_auth_hash`` salts with; tests hold both against Django's own results."""
SESSION_SALT = SessionStore().key_salt + "signer"
"""What ``django.core.signing.Signer`` makes of the store's salt."""


class Content(Struct):
    """What ``django.contrib.auth.login`` writes into a session."""

    user: str = field(name=SESSION_KEY)
    backend: str = field(name=BACKEND_SESSION_KEY)
    hash: str = field(name=HASH_SESSION_KEY, default="")


_content = msgspec.json.Decoder(Content).decode


class SessionRow(NamedTuple):
    """A session that has not expired, as far as it says who signed in."""

    user_id: int
    session_hash: str


class UserRow(NamedTuple):
    """An active user."""

    id: int
    username: str
    password: str
    is_superuser: bool


def sessions(keys: Collection[str]) -> dict[str, SessionRow]:
    """Return the good sessions by key."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    statement = "SELECT session_key, session_data FROM {} WHERE expire_date > %s AND session_key IN ({})"
    found = {}
    for key, data in _rows(statement, Session._meta.db_table, [key for key in keys if could_be_a_key(key)], now):
        row = _decoded(data)
        if row is not None:
            found[key] = row
    return found


def users(ids: Collection[int]) -> dict[int, UserRow]:
    """Return the active users by id."""
    statement = "SELECT id, username, password, is_superuser FROM {} WHERE is_active AND id IN ({})"
    return {row[0]: UserRow(*row) for row in _rows(statement, User._meta.db_table, ids)}


def groups(ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the names of the groups of each user that is in any."""
    through = connection.ops.quote_name(User.groups.through._meta.db_table)
    statement = f"SELECT m.user_id, g.name FROM {{}} g JOIN {through} m ON g.id = m.group_id WHERE m.user_id IN ({{}})"  # noqa: S608 - names of tables
    found: dict[int, set[str]] = {}
    for user, name in _rows(statement, Group._meta.db_table, ids):
        found.setdefault(user, set()).add(name)
    return {user: frozenset(names) for user, names in found.items()}


def session_hash_is_good(user: UserRow, session_hash: str) -> bool:
    """Tell whether the session was opened with the password that the user has now."""
    given, password = session_hash.encode(), user.password.encode()
    return any(hmac.compare_digest(given, mac.hex().encode()) for mac in _macs(USER_HASH_SALT, password))


def _decoded(data: str) -> SessionRow | None:
    """Return what is in a session's data, as ``django.core.signing.loads`` does; None where its signature is wrong."""
    signed, _, signature = data.rpartition(":")
    given = signature.encode()
    macs = _macs(SESSION_SALT, signed.encode())
    if not any(hmac.compare_digest(given, urlsafe_b64encode(mac).rstrip(b"=")) for mac in macs):
        return None
    text = signed.rpartition(":")[0]  # without the time of signing: the row has its own expiry
    packed = text.startswith(".")
    try:
        raw = signing.b64_decode(text[packed:].encode())
        content = _content(zlib.decompress(raw) if packed else raw)
    except (ValueError, zlib.error, msgspec.MsgspecError):
        return None
    if content.backend not in settings.AUTHENTICATION_BACKENDS or not content.user.isdecimal():
        return None
    return SessionRow(int(content.user), content.hash)


def _macs(salt: str, value: bytes) -> Iterator[bytes]:
    """HMAC of a value under the secret key and each of its fallbacks, keyed as ``django.utils.crypto.salted_hmac``."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hmac.digest(_key(salt, secret), value, "sha256")


@lru_cache(maxsize=16)
def _key(salt: str, secret: str | bytes) -> bytes:
    """The key that ``salted_hmac`` derives anew each time: it is the same for every user and session."""
    return sha256(salt.encode() + force_bytes(secret)).digest()


def _rows(statement: str, table: str, values: Collection[Any], *before: Any) -> Iterator[tuple[Any, ...]]:
    """Run a statement whose braces are the table and a list of ``values``; the parameters ``before`` come first."""
    if not values:
        return
    marks = ",".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(connection.ops.quote_name(table), marks), [*before, *values])
        yield from cursor.fetchall()
