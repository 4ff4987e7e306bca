"""Shares: signed capabilities. Who holds one may read a run (perhaps cancel it) or a saved query, until it expires.

They travel in messages and in the fragment of a link, never in an address that a server logs. Each carries a key that
its row knows, so that all of them can be taken back at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare

_SALT = "queries.share"


class InvalidShare(Exception):
    """A share that was never made, has expired, or was taken back."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a share says."""

    kind: str
    id: str
    key: str
    allow_cancel: bool = False


def share_token(share: Share) -> str:
    """Return it signed."""
    return signing.dumps([share.kind, share.id, share.key, share.allow_cancel], salt=_SALT)


def share_read(token: str) -> Share:
    """Return what a token says.

    Raises:
        InvalidShare: when its signature is wrong or too old.
    """
    try:
        kind, id, key, allow_cancel = signing.loads(token, salt=_SALT, max_age=settings.QUERY_SHARE_HOURS * 3600)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvalidShare from None
    return Share(str(kind), str(id), str(key), bool(allow_cancel))


def share_check(token: str, *, kind: str, id: str, key: str) -> Share:
    """Return what a token says, if it is for this row.

    Raises:
        InvalidShare: when it is not.
    """
    share = share_read(token)
    if share.kind != kind or share.id != id or not key or not constant_time_compare(share.key, key):
        raise InvalidShare
    return share
