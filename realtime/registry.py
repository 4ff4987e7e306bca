"""Who is connected, counted over all processes: the limits, and the figures behind ``/ws/stats``.

``registry_memory.py`` counts within one process, ``registry_redis.py`` over all of them. Limits apply per endpoint.
"""

from __future__ import annotations

import socket
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings

from realtime import sketch
from realtime.reports import merge_reports
from realtime.timeline import latencies_since, reconnect_share

RESERVED_SHARE = 0.9
"""From this share of the limit on, places are for administrators (requirement 7.2.1)."""
BEAT_SECONDS = 5.0
"""How often a process says that it lives, and refreshes its figures."""
DEAD_SECONDS = 15.0
"""After three missed beats a process and its sockets do not count any more."""


class Verdict(StrEnum):
    """What became of a request for a place."""

    ADMITTED = "admitted"
    EVICT = "evict"
    """Admitted, and an ordinary socket has to make room."""
    USER_LIMIT = "user"
    FULL = "full"


GRANTED = frozenset((Verdict.ADMITTED, Verdict.EVICT))
"""The verdicts that took a place."""


@dataclass(frozen=True, slots=True)
class Request:
    """One socket asks for a place on one endpoint."""

    endpoint: str
    user: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """The limits of an endpoint."""

    total: int
    per_user: int
    ordinary: int = field(init=False)
    """How many sockets there may be before ordinary newcomers are sent away; never none at all."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ordinary", max(1, int(self.total * RESERVED_SHARE)))

    @classmethod
    def from_settings(cls) -> Quota:
        """Read them from ``WS_MAX_CONNECTIONS`` and ``WS_MAX_CONNECTIONS_PER_USER``."""
        return cls(settings.WS_MAX_CONNECTIONS, settings.WS_MAX_CONNECTIONS_PER_USER)


def judge(quota: Quota, *, total: int, of_user: int, is_admin: bool) -> Verdict:
    """Decide on one newcomer, given how many there are. Pure; the Lua script of the Redis backend says the same."""
    if of_user >= quota.per_user:
        return Verdict.USER_LIMIT
    if total < quota.ordinary:
        return Verdict.ADMITTED
    return Verdict.EVICT if is_admin else Verdict.FULL


class Counts:
    """The places of one process, by endpoint and user. The sums are kept, not made: a storm asks for them each time."""

    def __init__(self) -> None:
        self.by_endpoint: dict[str, Counter[str]] = {}
        self._totals: Counter[str] = Counter()

    def total(self, endpoint: str) -> int:
        """Return the places taken on an endpoint."""
        return self._totals[endpoint]

    def of_user(self, endpoint: str, user: str) -> int:
        """Return the places that a user has on an endpoint."""
        counter = self.by_endpoint.get(endpoint)
        return 0 if counter is None else counter[user]

    def take(self, request: Request) -> None:
        """Count one more."""
        self.by_endpoint.setdefault(request.endpoint, Counter())[request.user] += 1
        self._totals[request.endpoint] += 1

    def give_back(self, request: Request) -> None:
        """Count one less; a user with none is forgotten."""
        counter = self.by_endpoint.get(request.endpoint)
        if counter is None or not counter[request.user]:
            return
        self._totals[request.endpoint] -= 1
        counter[request.user] -= 1
        if not counter[request.user]:
            del counter[request.user]

    def copy(self) -> Counts:
        """Return counts of their own with the same places taken."""
        other = Counts()
        other.by_endpoint = {endpoint: users.copy() for endpoint, users in self.by_endpoint.items()}
        other._totals = self._totals.copy()
        return other


class Registry(Protocol):
    """Grants places and gives figures. Belongs to one event loop."""

    process: str
    counts: Counts

    async def admit(self, request: Request) -> Verdict:
        """Ask for a place; one that was granted is given back with ``release``."""

    def release(self, request: Request) -> None:
        """Give a place back; never waits."""

    async def beat(self, figures: Callable[[], dict[str, Any]]) -> None:
        """Say that this process lives; asks for its figures for ``/ws/stats`` where somebody else will read them."""

    async def all_figures(self) -> list[dict[str, Any]]:
        """Return the figures of every other living process; none while they can't be read."""

    async def close(self) -> None:
        """Give every place of this process back."""


def process_name() -> str:
    """Return a name for this process that no other one has, now or later."""
    return f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"


def make_registry() -> Registry:
    """Return the registry that the settings ask for."""
    from realtime.registry_memory import MemoryRegistry

    quota = Quota.from_settings()
    if settings.REDIS_URL:
        from realtime.registry_redis import RedisRegistry  # the client library weighs 10 MB

        return RedisRegistry(settings.REDIS_URL, quota)
    return MemoryRegistry(quota)


_PROCESS_FIGURES = {"name": "process", "host": "host", "connections": "connections", "lanes": "lanes"}
TOPICS_ENDPOINT = "ws"
TOPICS_ENDPOINTS = (TOPICS_ENDPOINT, "public")
"""The endpoints whose sockets subscribe to topics; the others have none."""


def merged(figures: Sequence[dict[str, Any]], now_ms: int) -> dict[str, Any]:
    """Return ``/ws/stats`` from the figures of all processes (requirement 2.2)."""
    users: set[str] = set()
    topics: Counter[str] = Counter()
    disconnects: Counter[str] = Counter()
    endpoints: Counter[str] = Counter()
    total = subscriptions = 0
    for one in figures:
        total += one["connections"]
        subscriptions += one["subscriptions"]
        users.update(one["users"])
        topics.update(one["topics"])
        disconnects.update(one["disconnects"])
        endpoints.update(one["endpoints"])
    subscribers = sum(endpoints[name] for name in TOPICS_ENDPOINTS)
    return {
        "totalConnections": total,
        "uniqueUsers": len(users),
        "averageSubscriptions": round(subscriptions / subscribers, 2) if subscribers else 0,
        "processes": [{name: one[key] for name, key in _PROCESS_FIGURES.items()} for one in figures],
        "endpoints": {name: count for name, count in sorted(endpoints.items()) if count},
        "topics": dict(sorted(topics.items())),
        "disconnects": dict(sorted(disconnects.items())),
        "clients": merge_reports([one["clients"] for one in figures]),
        **_recent([one["timeline"] for one in figures], now_ms),
    }


def _recent(timelines: list[dict[str, Any]], now_ms: int) -> dict[str, Any]:
    """Return the share of reconnects in the last hour, and the latency of broadcasts in the last minute in ms."""
    latencies = latencies_since(timelines, since=now_ms - 60_000)
    return {
        "reconnectRate": reconnect_share(timelines, since=now_ms - 3_600_000),
        "broadcastLatency": {"p50": sketch.quantile(latencies, 0.5), "p95": sketch.quantile(latencies, 0.95)},
    }
