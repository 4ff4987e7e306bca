"""Empties the outbox, beside the detector: any number may run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection

from metrics.models import Channel
from metrics.notify import channels, outbox
from metrics.notify.channels import Outcome
from metrics.notify.text import Message, message_for

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""How often the outbox is looked at; one small query."""
AT_ONCE = 3
"""Channels that are served at once."""
HOUR_MS = 3_600_000


def now_ms() -> int:
    """Return the time in ms."""
    return time.time_ns() // 1_000_000


def send_next(
    *, now: Callable[[], int] = now_ms, hand_over: Callable[..., Outcome] = channels.hand_over
) -> Outcome | None:
    """Send what is due for one channel as one message; None when nothing is due."""
    batch = outbox.batch_claim(now=now())
    if batch is None:
        return None
    outcome = hand_over(channel=batch.channel, message=message_for(batch.deliveries, batch.channel.language))
    if outcome.ok:
        outbox.batch_sent(batch=batch, now=now())
    else:
        logger.warning("A notification to %r was not sent: %s", batch.channel.name, outcome.error)
        give_up = settings.PRESENCE_NOTIFY_RETRY_HOURS * HOUR_MS
        outbox.batch_failed(batch=batch, error=outcome.error, now=now(), give_up_ms=give_up)
    return outcome


def send_test(*, channel: Channel, message: Message) -> Outcome:
    """Send a test at once and note how it went."""
    outcome = channels.hand_over(channel=channel, message=message)
    Channel.objects.filter(pk=channel.pk).update(last_error=outcome.error[:300])
    return outcome


class Sender:
    """Empties the outbox on threads that live as long as there is something: a channel that hangs delays no other.

    ``look`` is called with each tick of the detector, on its thread and connection: threads of their own that look now
    and then would be woken, and hold a connection, for nothing nearly always.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._due = float("-inf")
        self._threads: list[threading.Thread] = []

    def look(self, clock: float) -> None:
        """Set threads to work when it is time to look and something is due; ``clock`` in s of a monotonic clock."""
        if clock < self._due:
            return
        self._due = clock + LOOK_SECONDS
        try:
            waiting = len(outbox.channels_due(now=now_ms(), at_most=AT_ONCE))
        except DatabaseError as error:  # the tick says so more loudly; this looks again in a moment
            logger.debug("The outbox can't be read: %s", error)
            return
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        for _ in range(min(waiting, AT_ONCE - len(self._threads))):
            thread = threading.Thread(target=self._work, name="notifications", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """End; what is being handed over has ``timeout`` s, after that another sender will do it again."""
        self._stop.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        try:
            while not self._stop.is_set() and send_next() is not None:
                pass
        except DatabaseError as error:
            logger.debug("The outbox can't be read: %s", error)
        except Exception:
            logger.exception("Notifications could not be sent; they are tried again.")
        finally:
            connection.close()
