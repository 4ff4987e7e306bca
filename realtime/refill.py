"""A slow reader catches up: first the newest of latest topics, then ordered rows in order."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from realtime import encode
from realtime.pool import DatabaseTrouble
from realtime.protocol import CloseCode, ErrorCode, ErrorData

if TYPE_CHECKING:
    from realtime.connection import Connection

logger = logging.getLogger(__name__)

PAGE = 100


def refill(connection: Connection) -> None:
    """Send a socket that drained what it missed; the outbox goes once it is empty."""
    outbox = connection.outbox
    if outbox is None or connection.replaying is not None or connection.transport.paused:
        return
    events = outbox.take_latest()
    missed = outbox.take_missed()
    if missed:
        text = f"You read too slowly: {missed} updates were skipped, the newest follow."
        data = ErrorData(code=ErrorCode.QUEUE_OVERFLOW, message=text, details={"missed": missed})
        connection.send(encode.reply("error", "error", data, version=connection.version))
    for event in events:
        lane = connection.lanes.get(event.topic)
        if lane is not None:
            connection.send(lane.encode([event]))
    if outbox.resume() is None:
        connection.caught_up()
    else:
        connection.replaying = asyncio.get_running_loop().create_task(_replay(connection))


async def _replay(connection: Connection) -> None:
    """Send ordered events from where the socket fell behind."""
    feed = connection.hub.feed
    try:
        while (outbox := connection.outbox) is not None and not connection.closing:
            behind = outbox.resume()
            if behind is None or connection.transport.paused:
                break
            name, position = behind
            lane, newest = connection.lanes.get(name), feed.positions[name]
            if lane is None:
                outbox.caught_up(name, None)
                continue
            events = await feed.page_after(name, position, PAGE)
            if outbox.resume() != behind or connection.lanes.get(name) is not lane:
                continue  # it unsubscribed, or subscribed anew, meanwhile
            # a row that the feed has not read yet will come over the lane
            events = [event for event in events if event.position <= feed.positions[name]]
            if not events:
                if feed.positions[name] == newest:
                    outbox.caught_up(name, None)
                    lane.enter(connection)
                continue
            wanted = [event for event in events if lane.options.wants(event)]
            if wanted:
                connection.send(lane.encode(wanted))
            outbox.caught_up(name, events[-1].position)
    except DatabaseTrouble:
        retry = 2_000
        connection.end(CloseCode.TRY_AGAIN_LATER, "history unavailable", reconnect=True, retry_after_ms=retry)
    except Exception:  # it would be tried, and fail, once a second
        logger.exception("A reader that fell behind could not be brought up to date.")
        connection.end(CloseCode.INTERNAL_ERROR, "internal error", reconnect=True, retry_after_ms=3_000)
    finally:
        connection.replaying = None
    outbox = connection.outbox
    if outbox is not None and outbox.empty():
        connection.caught_up()
    elif outbox is not None and not connection.transport.paused and not connection.closing:
        refill(connection)
