"""Whether a newcomer may stay: who it is, whether it may do that, whether there is a place."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from msgspec import UNSET

from accounts.identity import Credential, Identity
from realtime.pool import DatabaseTrouble
from realtime.protocol import CloseCode, ErrorCode, ErrorData
from realtime.registry import Request, Verdict

if TYPE_CHECKING:
    from realtime.hub import Hub

READY_SECONDS = 5.0
FULL_RETRY_MS = (5_000, 20_000)
"""When somebody who was sent away because all is full may try again: spread, so that they do not come at once."""


@dataclass(eq=False)
class Refusal(Exception):
    """A socket that is accepted only to be told why it can't stay: a refused handshake tells a browser nothing.

    ``code`` is what it is closed with; the client is told to come back unless that is final (1008 and 4000 up).
    """

    code: CloseCode
    reason: str
    retry_after_ms: int | None = None
    error: ErrorData | None = None

    @property
    def reconnect(self) -> bool:
        """Whether coming back makes sense."""
        return self.code < 4000 and self.code != CloseCode.POLICY_VIOLATION


def anyone(identity: Identity) -> bool:
    """Let everyone in who is signed in."""
    return not identity.stranger


async def admit(
    hub: Hub,
    endpoint: str,
    credential: Credential | None,
    may_open: Callable[[Identity], bool] = anyone,
    counted_as: str | None = None,
) -> tuple[Identity, Credential, Request]:
    """Return who it is, by what, and the place that was taken; it counts for the user, or for ``counted_as``.

    Raises:
        Refusal: when it can't stay.
    """
    if hub.draining:
        raise Refusal(CloseCode.SERVICE_RESTART, "restart", retry_after_ms=1_000)
    try:
        identity = await hub.identities.find(credential) if credential else None
    except DatabaseTrouble:
        raise Refusal(CloseCode.TRY_AGAIN_LATER, "database unavailable", retry_after_ms=3_000) from None
    if identity is None or credential is None:
        raise Refusal(CloseCode.NOT_SIGNED_IN, "not signed in")
    if not may_open(identity):
        raise Refusal(CloseCode.NOT_ALLOWED, "not allowed")
    if not await hub.feed.ready(READY_SECONDS):
        # without the past a subscriber would get an empty history, and a position that means nothing later
        raise Refusal(CloseCode.TRY_AGAIN_LATER, "starting", retry_after_ms=3_000)
    place = Request(endpoint, counted_as or str(identity.user_id), identity.is_admin)
    verdict = await hub.registry.admit(place)
    if verdict is Verdict.USER_LIMIT:
        raise Refusal(CloseCode.POLICY_VIOLATION, "too many connections", error=_too_many())
    if verdict is Verdict.FULL:
        retry = random.randint(*FULL_RETRY_MS)  # noqa: S311 - spreads load, guards nothing
        raise Refusal(CloseCode.TRY_AGAIN_LATER, "full", retry, _full())
    if verdict is Verdict.EVICT:
        hub.make_room(endpoint)
    return identity, credential, place


def _too_many() -> ErrorData:
    limit = settings.WS_MAX_CONNECTIONS_PER_USER
    text = f"You have {limit} connections already; close another dashboard window, then try again."
    return ErrorData(code=ErrorCode.MAX_CONNECTIONS_EXCEEDED, message=text, details={"limit": limit})


def _full() -> ErrorData:
    text = "All places are taken; try again in a moment."
    return ErrorData(code=ErrorCode.MAX_CONNECTIONS_EXCEEDED, message=text, details=UNSET)
