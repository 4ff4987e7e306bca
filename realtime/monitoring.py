"""``/ws/monitoring``: browsers report how their connections do (``reports.py`` adds it up)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.endpoint import Endpoint, MessageType, register_endpoint
from realtime.reports import ClientMetrics

if TYPE_CHECKING:
    from realtime.peer import Peer


def _take(peer: Peer, payload: ClientMetrics, message_id: str | None) -> None:
    peer.hub.reports.take(peer.id, payload)


async def _opened(peer: Peer) -> None:
    """Nothing to do; it makes sure that ``closed`` is called."""


def _closed(peer: Peer, code: int) -> None:
    peer.hub.reports.forget(peer.id)


def register_monitoring() -> None:
    """Register the endpoint."""
    register_endpoint(
        Endpoint(
            name="monitoring",
            paths=("/ws/monitoring",),
            messages=(MessageType("client_metrics", ClientMetrics, _take),),
            opened=_opened,
            closed=_closed,
        )
    )
