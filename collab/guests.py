"""The sockets in a room, and how they are told something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from realtime.peer import message

if TYPE_CHECKING:
    from realtime.peer import Peer

Speech = Literal["unknown", "document", "plain"]


@dataclass(eq=False)
class Guest:
    """One socket in a room."""

    peer: Peer
    user_id: int
    speech: Speech = "unknown"
    """What its client turned out to speak: Yjs, or whole texts. Until then it is told both."""
    shown: str | None = None
    """The text that a plain client has before it."""

    @property
    def id(self) -> str:
        """The id of the participant whose tab it is."""
        return str(self.user_id)

    @property
    def plain(self) -> bool:
        """Whether it is told whole texts."""
        return self.speech != "document"


class Guests:
    """All sockets of one room."""

    def __init__(self) -> None:
        self._guests: dict[Guest, None] = {}

    def __len__(self) -> int:
        return len(self._guests)

    def __iter__(self) -> Iterator[Guest]:
        return iter(list(self._guests))

    def add(self, guest: Guest) -> None:
        """Take a socket in."""
        self._guests[guest] = None

    def remove(self, guest: Guest) -> None:
        """Forget a socket."""
        self._guests.pop(guest, None)

    def of(self, user_id: int) -> list[Guest]:
        """Return the tabs of one person."""
        return [guest for guest in self._guests if guest.user_id == user_id]

    def tell(self, kind: str, payload: Struct, to: Callable[[Guest], bool] = lambda guest: True) -> None:
        """Send a message to all that ``to`` picks; it is encoded once."""
        encoded: bytes | None = None
        for guest in list(self._guests):
            if to(guest):
                encoded = encoded or message(kind, payload)
                guest.peer.send_bytes(encoded)
