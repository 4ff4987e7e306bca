"""Who is on the other end of a socket: looked up in batches, shared by nobody, never a live ORM object.

A look-up per socket costs a thread hop and two queries (some 500 sockets a second). During a reconnect storm all that
wait are answered together: one hop, one query for the sessions, one for the tokens, one for the users.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Token
from accounts.services import token_digest, tokens_used

MAX_BATCH = 500
"""Look-ups in one query; SQLite takes up to 32,766 parameters, older ones 999."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client showed: a session key or a token, exactly one of them."""

    session: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user, as far as a socket needs to know. Immutable, so sockets may share one."""

    user_id: int
    username: str
    is_admin: bool
    groups: frozenset[str]
    read_only: bool = False
    stranger: bool = False
    """Nobody in particular, on the public page."""


PUBLIC = Credential()
"""What the public socket goes by: nothing was shown, nor looked at. It is good as long as ``PRESENCE_PUBLIC`` is on."""
STRANGER = Identity(0, "", is_admin=False, groups=frozenset(), read_only=True, stranger=True)


def look_up(credentials: Iterable[Credential]) -> dict[Credential, Identity]:
    """Return the identity behind each credential that is good; the others are missing from the result.

    Honours what Django's own sign-in does: expiry, the session hash with ``SECRET_KEY_FALLBACKS``, inactive users.
    """
    wanted = set(credentials)
    users = User.objects.filter(is_active=True).prefetch_related(Prefetch("groups", to_attr="group_list"))
    sessions = _sessions({c.session for c in wanted if c.session})
    tokens = _tokens({c.token for c in wanted if c.token})
    ids = {int(data[SESSION_KEY]) for data in sessions.values()} | {token.user_id for token in tokens.values()}
    by_id = users.in_bulk(list(ids))
    found: dict[Credential, Identity] = {}
    for credential in wanted:
        if credential.session and (data := sessions.get(credential.session)):
            user = by_id.get(int(data[SESSION_KEY]))
            if user is not None and _hash_is_good(user, data.get(HASH_SESSION_KEY, "")):
                found[credential] = identity_of(user)
        elif credential.token and (token := tokens.get(token_digest(credential.token))):
            user = by_id.get(token.user_id)
            if user is not None:
                found[credential] = identity_of(user, read_only=token.read_only)
    return found


def identity_of(user: User, *, read_only: bool = False) -> Identity:
    """Return the identity of an active user."""
    groups = getattr(user, "group_list", None)
    names = frozenset(group.name for group in (user.groups.all() if groups is None else groups))
    is_admin = user.is_superuser or "admin" in names
    return Identity(user.pk, user.get_username(), is_admin, names, read_only)


def _sessions(keys: set[str]) -> dict[str, dict[str, str]]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()) if keys else []
    decoder = SessionStore()
    found = {}
    for row in rows:
        data = decoder.decode(row.session_data)
        if data.get(SESSION_KEY) and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS:
            found[row.session_key] = data
    return found


def _tokens(keys: set[str]) -> dict[str, Token]:
    if not keys:
        return {}
    now = timezone.now()
    rows = Token.objects.filter(digest__in=[token_digest(key) for key in keys])
    found = {row.digest: row for row in rows if row.expires_at is None or row.expires_at > now}
    tokens_used(found.values(), now=now)
    return found


def _hash_is_good(user: User, session_hash: str) -> bool:
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(session_hash, candidate) for candidate in good)


class IdentityLookup:
    """Answers ``find`` in batches; one per event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="identity")
        self._waiting: dict[Credential, list[asyncio.Future[Identity | None]]] = {}
        self._worker: asyncio.Task[None] | None = None

    async def find(self, credential: Credential) -> Identity | None:
        """Return who showed ``credential``, or None when it is not good.

        Raises:
            django.db.Error: when the look-up itself failed.
        """
        if credential == PUBLIC:
            return STRANGER if settings.PRESENCE_PUBLIC else None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Identity | None] = loop.create_future()
        self._waiting.setdefault(credential, []).append(future)
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = dict(list(self._waiting.items())[:MAX_BATCH])
                for credential in batch:
                    del self._waiting[credential]
                await self._answer(batch)
        finally:
            self._worker = None
            # Kept open over all batches of a storm: opening one costs as much as looking up ten sessions.
            self._thread.submit(connections.close_all)

    async def _answer(self, batch: dict[Credential, list[asyncio.Future[Identity | None]]]) -> None:
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, _look_up_in_thread, list(batch))
        except Exception as error:  # every waiter gets the error; none may wait forever
            for futures in batch.values():
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            return
        for credential, futures in batch.items():
            for future in futures:
                if not future.done():
                    future.set_result(found.get(credential))


def _look_up_in_thread(credentials: list[Credential]) -> dict[Credential, Identity]:
    connection.close_if_unusable_or_obsolete()
    connection.close_at = None
    return look_up(credentials)
