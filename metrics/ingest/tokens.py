"""Tokens of hosts: made, found, told apart from those of people by how they begin."""

from __future__ import annotations

import secrets

from accounts.services import token_digest
from metrics.models import Host, HostToken

PREFIX = "phk_"
USED_EVERY_MS = 60_000
"""How exactly ``used_at`` is kept: a write on every push would cost as much as the push."""


def host_token_key() -> str:
    """Return a new key."""
    return PREFIX + secrets.token_urlsafe(32)


def host_token_create(*, host: Host, name: str = "", now: int) -> str:
    """Make a token and return its key, which can't be shown again. ``now`` in ms."""
    key = host_token_key()
    HostToken.objects.create(host=host, name=name, digest=token_digest(key), created_at=now)
    return key


def host_token_find(*, key: str, now: int) -> HostToken | None:
    """Return the token of this key, with its host; None when there is none."""
    if not key.startswith(PREFIX):
        return None
    token = HostToken.objects.select_related("host").filter(digest=token_digest(key)).first()
    if token is not None and now - token.used_at >= USED_EVERY_MS:
        HostToken.objects.filter(pk=token.pk).update(used_at=now)
    return token
