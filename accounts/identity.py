"""Who is on the other end of a socket: looked up in batches, shared by nobody, never a live ORM object.

A look-up per socket costs a thread hop and two queries (some 500 sockets a second). During a reconnect storm all that
wait are answered together: one hop, one query for the sessions, one for the tokens, one for the users.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from accounts import lookup
from accounts.models import Token
from accounts.services import token_digest, tokens_used

_NO_GROUPS: frozenset[str] = frozenset()
MAX_BATCH = 500
"""Look-ups in one query; SQLite takes up to 32,766 parameters, older ones 999."""

ENOUGH = 100
GATHER_SECONDS = 0.004
"""While one batch after the other is needed, the next may wait so long until it is worth its hop to the thread: in a
storm half of them had two sockets. Who comes alone does not wait."""


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
    sessions = lookup.sessions({c.session for c in wanted if c.session})
    tokens = _tokens({c.token for c in wanted if c.token})
    ids = {row.user_id for row in sessions.values()} | {token.user_id for token in tokens.values()}
    users, groups = lookup.users(ids), lookup.groups(ids) if ids else {}
    found: dict[Credential, Identity] = {}
    for credential in wanted:
        read_only = False
        if credential.session and (session := sessions.get(credential.session)):
            user = users.get(session.user_id)
            if user is not None and not lookup.session_hash_is_good(user, session.session_hash):
                continue
        elif credential.token and (token := tokens.get(token_digest(credential.token))):
            user, read_only = users.get(token.user_id), token.read_only
        else:
            continue
        if user is not None:
            names = groups.get(user.id, _NO_GROUPS)
            is_admin = bool(user.is_superuser) or "admin" in names
            found[credential] = Identity(user.id, user.username, is_admin, names, read_only)
    return found


def _tokens(keys: set[str]) -> dict[str, Token]:
    if not keys:
        return {}
    now = timezone.now()
    rows = Token.objects.filter(digest__in=[token_digest(key) for key in keys])
    found = {row.digest: row for row in rows if row.expires_at is None or row.expires_at > now}
    tokens_used(found.values(), now=now)
    return found


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

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False)

    async def _work(self) -> None:
        busy = False
        try:
            while self._waiting:
                if busy and len(self._waiting) < ENOUGH:
                    await asyncio.sleep(GATHER_SECONDS)
                busy = True
                batch = dict(list(self._waiting.items())[:MAX_BATCH])
                for credential in batch:
                    del self._waiting[credential]
                await self._answer(batch)
        finally:
            self._worker = None
            # Kept open over all batches of a storm: opening one costs as much as looking up ten sessions.
            with suppress(RuntimeError):  # the process ends
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
