"""The registry of topics: what can be subscribed to, and how each is delivered.

A domain registers its topics in ``AppConfig.ready()``; nothing else has to be edited for a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from accounts.identity import Identity
from realtime.protocol import Priority, Severity

Delivery = Literal["latest", "ordered"]


class Event(Struct, frozen=True):
    """One thing that happened, on its way from the publisher to the sockets. ``data`` is JSON, serialised once.

    ``key`` names what a newer event replaces on a ``latest`` topic (for a status the host). ``position`` numbers the
    events of a topic: row ids where it is ``ordered``, ms since the epoch where it is ``latest``.
    """

    topic: str
    name: str
    data: bytes
    position: int
    key: str = ""
    priority: Priority = "normal"
    host: str | None = None
    component: str | None = None
    severity: Severity | None = None
    published: float = 0.0
    """When the publisher took it, in s since the epoch; 0 for what was read from rows."""


@dataclass(frozen=True)
class StrangersView:
    """Takes away what strangers may not see, from an event's data and from a history entry."""

    data: Callable[[bytes], bytes]
    entry: Callable[[bytes], bytes]


def _may_see(identity: Identity) -> bool:
    return True


@dataclass(frozen=True)
class Topic:
    """One subscribable type.

    ``latest``: only the newest event per key matters, and convergence is promised. ``ordered``: every event is a row
    before it is a message, and each reaches every client that holds a position.

    All callables that read run in a thread and may raise ``django.db.Error``.
    """

    name: str
    delivery: Delivery
    events: Mapping[str, type[Struct]]
    """The shape of each event's data, for the schema."""
    entry: type[Struct]
    """The shape of one entry of ``history_data``."""
    entry_of: Callable[[bytes], bytes]
    """Cut the history entry out of an event's data."""
    recent: Callable[[int], list[Event]] = field(default=lambda limit: [])
    """The newest events, oldest first; at most ``limit`` for each key (``latest``) or in all (``ordered``)."""
    history: Callable[[int, int | None], list[bytes]] = field(default=lambda limit, before: [])
    """The newest ``limit`` entries before a time in ms, oldest first."""
    after: Callable[[int, int], list[Event]] = field(default=lambda position, limit: [])
    """``ordered`` only: the first ``limit`` events after a position."""
    epoch: Callable[[], str] = field(default=lambda: "")
    """Names this numbering; a client that brings another one can't resume."""
    local: Callable[[], Event] | None = None
    """Makes an event in each process, every ``local_seconds`` s, for that process's sockets alone."""
    local_seconds: float = 5.0
    may_see: Callable[[Identity], bool] = _may_see
    for_strangers: StrangersView | None = None
    """What the public page may see of this topic; None: nothing. For ``latest`` topics alone."""

    def visible_to(self, identity: Identity) -> bool:
        """Tell whether somebody may subscribe to it."""
        return (self.for_strangers is not None) if identity.stranger else self.may_see(identity)


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Make a topic known.

    Raises:
        ValueError: when another one has its name.
    """
    if topic.name in _topics or topic.name == "all":
        raise ValueError(f"A topic named {topic.name!r} exists already.")
    _topics[topic.name] = topic


def all_topics() -> dict[str, Topic]:
    """Return every registered topic by name, in the order of registration."""
    return dict(_topics)
