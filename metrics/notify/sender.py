"""Empties the outbox, beside the detector: any number may run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from metrics.models import Channel
from metrics.notify import channels, outbox
from metrics.notify.channels import Outcome
from metrics.notify.text import Message, message_for

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
"""How often each thread looks at the outbox; one small query."""
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
    """A few threads that each look at the outbox now and then: a channel that hangs delays no other."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"notifications-{number}", daemon=True)
            for number in range(AT_ONCE)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """End; what is being handed over has ``timeout`` s, after that another sender will do it again."""
        self._stop.set()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, number: int) -> None:
        wait = LOOK_SECONDS * (number + 1) / AT_ONCE  # one after the other, not all at once
        while not self._stop.wait(wait):
            wait = LOOK_SECONDS
            try:
                while not self._stop.is_set() and send_next() is not None:
                    pass
            except DatabaseError as error:  # the detector says so more loudly; this looks again in a moment
                logger.debug("The outbox can't be read: %s", error)
            except Exception:
                logger.exception("Notifications could not be sent; they are tried again.")
            finally:
                close_old_connections()
