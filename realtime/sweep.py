"""Once a second: end sockets that are silent, idle or stalled. Now and then: is everybody still who they were?"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime.pool import DatabaseTrouble
from realtime.protocol import CloseCode, ErrorCode

if TYPE_CHECKING:
    from accounts.identity import Credential, Identity
    from realtime.base import BaseConnection
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
RECHECK_SECONDS = 300.0
"""Sessions and tokens expire without an event that would tell."""
CHUNK = 500
AGAIN_SECONDS = 3.0
"""When a look-up that failed is tried again: who was shut out must not stay until the next round."""


async def sweep(hub: Hub) -> None:
    """Look at every socket once a second, in chunks between which the loop serves."""
    checked = hub.clock()
    checking: asyncio.Task[None] | None = None
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        now = hub.clock()
        everyone = list(hub.connections)
        for start in range(0, len(everyone), CHUNK):
            for connection in everyone[start : start + CHUNK]:
                if not connection.closing:
                    _look_after(hub, connection, now)
            await asyncio.sleep(0)
        if now - checked > RECHECK_SECONDS and (checking is None or checking.done()):
            checked = now
            checking = hub.spawn(recheck(hub, everyone))  # beside: a database that hangs must not stop the sweep


def _look_after(hub: Hub, connection: BaseConnection, now: float) -> None:
    try:
        check(hub, connection, now)
    except Exception:  # one socket's trouble must not keep the others from being looked after
        logger.exception("A socket could not be looked after, and is dropped.")
        connection.drop()


def check(hub: Hub, connection: BaseConnection, now: float) -> None:
    """End one socket if it is silent, idle or stalled; ``now`` is the hub's clock in s."""
    limits = hub.limits
    if now - connection.last_seen > limits.heartbeat_timeout:
        connection.complain(ErrorCode.HEARTBEAT_TIMEOUT, "Nothing was heard of you for too long.")
        connection.end(CloseCode.HEARTBEAT_TIMEOUT, "heartbeat timeout", reconnect=True, retry_after_ms=0)
    elif now - connection.last_useful > limits.idle_timeout and connection.idle():
        connection.end(CloseCode.NORMAL, "idle", reconnect=False)
    else:
        connection.watch(now)


async def recheck(hub: Hub, connections: list[BaseConnection]) -> None:
    """Look up again who these sockets belong to; end those whose session or token is good no more."""
    for start in range(0, len(connections), CHUNK):
        some = connections[start : start + CHUNK]
        found = await _identities(hub, [connection.credential for connection in some])
        for connection, identity in zip(some, found, strict=True):
            if identity is None:
                connection.end(CloseCode.NOT_SIGNED_IN, "signed out", reconnect=False)
            else:
                connection.recognise(identity)


async def _identities(hub: Hub, credentials: list[Credential]) -> list[Identity | None]:
    told = False
    while True:
        try:
            return await asyncio.gather(*[hub.identities.find(credential) for credential in credentials])
        except DatabaseTrouble as error:
            if not told:
                logger.warning("Sessions can't be checked again right now: %s", error)
            told = True
            await asyncio.sleep(AGAIN_SECONDS)
