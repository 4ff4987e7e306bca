"""Subscribe, resume, unsubscribe: a client never sees a half state.

``subscribe`` answers ``subscribed``, then always ``history_data`` up to a position, then only newer events. It is
served from memory within one step of the event loop, so nothing can come in between; only a position older than memory
waits for rows.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime import encode
from realtime.feed import PAGE
from realtime.lane import Lane, Options
from realtime.pool import DatabaseTrouble, in_thread
from realtime.protocol import ErrorCode, ProtocolError, SubscribedData, SubscribePayload
from realtime.topics import Event, Topic

if TYPE_CHECKING:
    from realtime.connection import Connection
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

ROWS_COST = 65_536
"""What reading rows counts for, in bytes, whether the answer is still wanted when they are there or not."""
Metadata = dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """One topic of one ``subscribe``."""

    connection: Connection
    topic: Topic
    options: Options
    limit: int
    metadata: Metadata


class Subscriptions:
    """The lanes of one hub, and the way in and out of them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.lanes: dict[tuple[str, Options], Lane] = {}
        self._histories: dict[tuple[str, Options, int], tuple[int, list[bytes]]] = {}

    def offer(self, event: Event) -> None:
        """Hand one event to the lanes of its topic."""
        for (name, _), lane in list(self.lanes.items()):
            if name == event.topic:
                try:
                    lane.offer(event)
                except Exception:  # one lane's trouble must not keep the event from the others
                    logger.exception("An event of %s was not passed on to a lane.", name)

    def names(self, connection: Connection) -> list[str]:
        """Return the names of all topics the socket is subscribed to, in the order of registration."""
        joining = connection.joining or {}
        return [name for name in self._hub.topics if name in connection.lanes or name in joining]

    def subscribe(
        self, connection: Connection, topics: list[Topic], payload: SubscribePayload, metadata: Metadata
    ) -> None:
        """Add topics to what a socket is subscribed to, or change their options.

        Raises:
            ProtocolError: ``RATE_LIMITED`` when its user has asked for too much of the past; nothing has changed then.
        """
        if payload.history or payload.since:
            self._afford(connection)
        options = Options.of(
            payload.throttle_ms,
            payload.filter,
            connection.version,
            compress=payload.compress,
            stranger=connection.identity.stranger,
        )
        names = {*self.names(connection), *(topic.name for topic in topics)}
        data = SubscribedData(subscribed=[n for n in self._hub.topics if n in names], timestamp=encode.now_ms())
        with connection.one_write():
            connection.send(encode.reply("config", "subscribed", data, version=connection.version, metadata=metadata))
            for topic in topics:
                self.leave(connection, topic.name)
                wish = Wish(connection, topic, options, payload.history, metadata)
                since = (payload.since or {}).get(topic.name)
                if since is None:
                    self._enter(wish, self._history(wish), None)
                else:
                    self._resume(wish, since)

    def _afford(self, connection: Connection) -> None:
        wait = self._hub.histories.wait(connection.place.user, self._hub.clock())
        if wait:
            text = "You have asked for too much of the past; ask again in a moment."
            raise ProtocolError(ErrorCode.RATE_LIMITED, text, {"retryAfterMs": int(wait * 1000) + 1})

    def _spend(self, connection: Connection, size: int) -> None:
        self._hub.histories.spend(connection.place.user, size, self._hub.clock())

    def leave(self, connection: Connection, name: str) -> None:
        """Take one topic away from a socket."""
        if connection.joining and (task := connection.joining.pop(name, None)):
            task.cancel()
        lane = connection.lanes.pop(name, None)
        if connection.outbox is not None:
            connection.outbox.forget(name)
        if lane is not None:
            lane.leave(connection)
            if not lane.members:
                lane.close()
                self.lanes.pop((name, lane.options), None)

    def _resume(self, wish: Wish, since: str) -> None:
        name, feed = wish.topic.name, self._hub.feed
        position = feed.parse(name, since)
        items = None if position is None or position > feed.positions[name] else feed.after(name, position)
        if items is not None:
            entries = [entry for event, entry in items if wish.options.wants(event)]
            self._enter(wish, _shown(wish, entries), True)
        elif position is not None and wish.topic.delivery == "ordered":
            self._spend(wish.connection, ROWS_COST)
            joining = wish.connection.joining = wish.connection.joining or {}
            joining[name] = asyncio.get_running_loop().create_task(self._resume_from_rows(wish, position))
        else:
            self._enter(wish, self._history(wish), False)

    async def _resume_from_rows(self, wish: Wish, position: int) -> None:
        feed, name, connection = self._hub.feed, wish.topic.name, wish.connection
        events: list[Event] | None
        try:
            if position > feed.positions[name]:  # another process was a moment ahead of this one
                await feed.catch_up(name)
            events = await in_thread(wish.topic.after, position - 1, PAGE)
        except DatabaseTrouble:
            events = None
        except Exception:
            logger.exception("The rows of %s after a position could not be read.", name)
            events = None
        if connection.closing or connection.joining is None:
            return
        connection.joining.pop(name, None)
        if events is None or not _begin_at(events, position):
            # pruned, or no database: say so rather than leave a gap unmarked
            self._enter(wish, self._history(wish), False)
            return
        # a row that the feed has not read yet will come over the lane
        events = [event for event in events if position < event.position <= feed.positions[name]]
        entries = [wish.topic.entry_of(event.data) for event in events if wish.options.wants(event)]
        self._enter(wish, _shown(wish, entries), True, events[-1].position if events else position)

    def _enter(self, wish: Wish, entries: list[bytes], recovered: bool | None, reached: int | None = None) -> None:
        """Send the history and join the lane; what lies between ``reached`` and now follows as events."""
        connection, topic, options, feed = wish.connection, wish.topic, wish.options, self._hub.feed
        position = feed.position_of(topic.name) if reached is None else f"{feed.epochs[topic.name]}:{reached}"
        if entries:
            self._spend(connection, sum(map(len, entries)))
        extra: dict[str, object] = {**(wish.metadata or {}), "position": position}
        if recovered is not None:
            extra["recovered"] = recovered
        version, compress = connection.version, options.compress
        connection.send(encode.history(topic.name, entries, version=version, metadata=extra, compress=compress))
        lane = self.lanes.get((topic.name, options))
        if lane is None:
            lane = self.lanes[topic.name, options] = Lane(topic, options, feed.epochs[topic.name], self._hub.timeline)
        lane.enter(connection)
        connection.lanes[topic.name] = lane
        if reached is not None and reached < feed.positions[topic.name]:
            connection.catch_up_after(topic.name, reached)

    def _history(self, wish: Wish) -> list[bytes]:
        # In a storm of connects thousands ask for the same between two events: cut it out once.
        recent = self._hub.feed.recent[wish.topic.name]
        slot = (wish.topic.name, wish.options, wish.limit)
        cached = self._histories.get(slot)
        if cached is not None and cached[0] == recent.changes:
            return cached[1]
        if len(self._histories) > 100:
            self._histories.clear()
        entries = [entry for event, entry in recent.newest(wish.limit) if wish.options.wants(event)]
        entries = _shown(wish, entries)
        self._histories[slot] = (recent.changes, entries)
        return entries


def _shown(wish: Wish, entries: list[bytes]) -> list[bytes]:
    """Return what this subscriber may see of history entries."""
    view = wish.topic.for_strangers
    return [view.entry(entry) for entry in entries] if wish.options.stranger and view is not None else entries


def _begin_at(events: list[Event], position: int) -> bool:
    """Tell whether the row of ``position`` still heads these rows: if it is gone, those behind it may be gone too."""
    if position == 0:
        return not events or events[0].position == 1
    return bool(events) and events[0].position == position
