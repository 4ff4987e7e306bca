"""Sends what is in the spool, in order, and forgets it once the server has said that it is stored."""

from __future__ import annotations

import gzip
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from metrics.agent.spool import Row, Spool
from metrics.messages import SystemStatus

logger = logging.getLogger("presence.agent")

AT_ONCE = 500
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two tries while the server is away: doubled each time, with full jitter."""
OFFSET = "clock offset"
_decode = msgspec.json.Decoder(SystemStatus).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Answer:
    """What the server said: status, the body when it was JSON, seconds to wait when it named some."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def error(self) -> dict[str, Any]:
        """The error in it; empty when there is none."""
        found = self.body.get("error")
        return found if isinstance(found, dict) else {}


class Transport(Protocol):
    """Carries one body to the server.

    Raises:
        OSError: when the server can't be reached.
    """

    def post(self, body: bytes) -> Answer: ...


class Sender:
    """``step`` sends one batch and says how long to wait; the thread only repeats it."""

    def __init__(
        self,
        spool: Spool,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.time,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._spool = spool
        self._transport = transport
        self._clock = clock
        self._dice = dice
        self._offset = spool.note(OFFSET)
        self._at_once = AT_ONCE
        self._failures = 0

    def step(self) -> float | None:
        """Send the oldest readings; return the seconds until the next step, None when there is nothing to send."""
        rows = self._spool.oldest(self._at_once)
        if not rows:
            return None
        try:
            answer = self._transport.post(self._body(rows))
        except OSError as error:
            return self._later(f"The server can't be reached ({error})")
        if answer.status == 200:
            return self._taken(rows)
        return self._refused(rows, answer)

    def _body(self, rows: list[Row]) -> bytes:
        readings = []
        for _, body in rows:
            reading = _decode(body)
            reading.timestamp += self._offset
            readings.append(reading)
        sent_at = int(self._clock() * 1000) + self._offset
        return gzip.compress(_encode({"sentAt": sent_at, "readings": readings}), 5)

    def _taken(self, rows: list[Row]) -> float:
        self._spool.drop([moment for moment, _ in rows])
        if self._failures:
            logger.info("The server takes readings again; %s are still to be sent.", len(self._spool))
        self._failures = 0
        self._at_once = min(AT_ONCE, self._at_once * 2)
        return 0.0

    def _refused(self, rows: list[Row], answer: Answer) -> float:
        code, details = answer.error.get("code"), answer.error.get("details") or {}
        if answer.status == 413 and len(rows) > 1:
            self._at_once = len(rows) // 2
            return 0.0
        if code == "CLOCK_SKEW" and isinstance(details.get("skewMs"), int):
            self._offset -= details["skewMs"]
            self._spool.note_keep(OFFSET, self._offset)
            logger.warning("This machine's clock differs from the server's: readings are moved by %s ms.", self._offset)
            return 0.0
        if code == "TOO_OLD" and isinstance(details.get("oldest"), int):
            count = self._spool.drop_before(details["oldest"] - self._offset)
            logger.error("%s readings are older than the server takes, and are gone.", count)
            return 0.0 if count else self._later("The server refuses readings as too old")
        if answer.status in (400, 413):
            return self._bad(rows, answer, details.get("index"))
        if answer.status == 429:
            return answer.retry_after or FIRST_WAIT
        return self._later(f"The server answered {answer.status} {answer.error.get('message', '')}".rstrip())

    def _bad(self, rows: list[Row], answer: Answer, index: Any) -> float:
        """Give up the one reading that the server does not take, so that the others get through."""
        if not isinstance(index, int) or not 0 <= index < len(rows):
            if len(rows) > 1:
                self._at_once = max(1, len(rows) // 2)
                return 0.0
            index = 0
        self._spool.drop([rows[index][0]])
        logger.error("A reading was refused and is gone: %s", answer.error.get("message", answer.status))
        return 0.0

    def _later(self, why: str) -> float:
        self._failures += 1
        if self._failures == 1:
            logger.warning("%s; readings are kept on disk until it does.", why)
        limit = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures - 1, 10))
        return max(0.1, limit * self._dice())

    def run(self, stop: threading.Event, news: threading.Event) -> None:
        """Send until told to stop; ``news`` says that there is a new reading."""
        while not stop.is_set():
            news.clear()
            wait = self.step()
            if wait is None:
                news.wait(LONGEST_WAIT)
            elif wait:
                stop.wait(wait)

    def drain(self, seconds: float) -> int:
        """Send what is left for up to ``seconds``; return how many readings stay on disk for the next start."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.step() == 0.0:
            pass
        return len(self._spool)
