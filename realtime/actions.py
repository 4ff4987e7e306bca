"""What a client may ask for: decode, check, act. One function an action."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

from realtime import encode
from realtime.pool import DatabaseTrouble, in_thread
from realtime.protocol import (
    CLIENT_TYPES,
    PAYLOADS,
    AckPayload,
    ClientMessage,
    ErrorCode,
    GetHistoryPayload,
    PongData,
    ProtocolError,
    SubscribedData,
    SubscribePayload,
    UnsubscribePayload,
)
from realtime.topics import Topic

if TYPE_CHECKING:
    from realtime.connection import Connection

logger = logging.getLogger(__name__)

MAX_READING = 10
"""Histories that one socket may be waiting for: they share the threads that alerts are read with."""
_envelope = msgspec.json.Decoder(ClientMessage)
_payloads = {action: msgspec.json.Decoder(kind) for action, kind in PAYLOADS.items() if kind is not None}
S = TypeVar("S", bound=Struct)


def decode(data: str | bytes) -> ClientMessage:
    """Return the envelope.

    Raises:
        ProtocolError: ``PARSE_ERROR`` when it is not JSON, ``INVALID_MESSAGE`` with the field when its shape is wrong,
            ``UNKNOWN_ACTION``, ``INVALID_TYPE``.
    """
    try:
        message = _envelope.decode(data)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.PARSE_ERROR, f"This is not JSON: {error}") from None
    except RecursionError:
        raise ProtocolError(ErrorCode.PARSE_ERROR, "This JSON is nested too deeply.") from None
    if message.action not in PAYLOADS:
        known = ", ".join(PAYLOADS)
        raise ProtocolError(ErrorCode.UNKNOWN_ACTION, f"Unknown action {message.action[:100]!r}; known are {known}.")
    if message.type not in CLIENT_TYPES:
        known = ", ".join(sorted(CLIENT_TYPES))
        raise ProtocolError(
            ErrorCode.INVALID_TYPE, f"Unknown type {message.type[:100]!r}; known are {known}.", {"field": "type"}
        )
    return message


def run(connection: Connection, message: ClientMessage) -> None:
    """Carry the message out.

    Raises:
        ProtocolError: when it can't be honoured; nothing has changed then.
    """
    if connection.closing:
        return
    decoder = _payloads.get(message.action)
    payload = None
    if decoder is not None:
        raw = b"{}" if message.payload is UNSET else bytes(message.payload)
        try:
            payload = decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise invalid(error, "payload") from None
        except RecursionError:
            raise ProtocolError(ErrorCode.PARSE_ERROR, "This JSON is nested too deeply.") from None
    _HANDLERS[message.action](connection, message, payload)


def invalid(error: msgspec.ValidationError, prefix: str = "") -> ProtocolError:
    """Return ``INVALID_MESSAGE`` that names the field; ``prefix`` is where in the message the struct is."""
    # msgspec says "Expected `int`, got `str` - at `$.payload.limit`" or "... missing required field `types`"
    text, _, path = str(error).partition(" - at `")
    names = [prefix, path.rstrip("`").removeprefix("$").lstrip(".")]
    missing = text.rpartition("required field `")[2].rstrip("`") if "required field `" in text else ""
    field = ".".join(name for name in (*names, missing) if name)
    if missing:
        text = f"{field} is missing"
    elif field:
        text = f"{field}: {text}"
    return ProtocolError(ErrorCode.INVALID_MESSAGE, f"{text}.", {"field": field} if field else None)


# --- the actions ---


def _ping(connection: Connection, message: ClientMessage, payload: Any) -> None:
    data = PongData(timestamp=encode.now_ms())
    connection.send(encode.reply("system", "pong", data, version=connection.version, metadata=_reply_to(message)))


def _ack(connection: Connection, message: ClientMessage, payload: AckPayload) -> None:
    """An ack shows life, which the connection has noted already."""


def _subscribe(connection: Connection, message: ClientMessage, payload: SubscribePayload) -> None:
    topics = _resolve(connection, payload.types)
    connection.hub.subscriptions.subscribe(connection, topics, payload, _reply_to(message))


def _unsubscribe(connection: Connection, message: ClientMessage, payload: UnsubscribePayload) -> None:
    topics = _resolve(connection, payload.types)
    for topic in topics:
        connection.hub.subscriptions.leave(connection, topic.name)
    confirm(connection, "unsubscribed", _reply_to(message))


def _get_history(connection: Connection, message: ClientMessage, payload: GetHistoryPayload) -> None:
    (topic,) = _resolve(connection, [payload.type], whole=False)
    if connection.identity.stranger:
        raise ProtocolError(ErrorCode.UNAUTHORIZED, "Past entries are at /api/v1/public/history.", {"type": topic.name})
    if topic.local is not None:  # it has no rows
        _send_remembered(connection, topic, payload, _reply_to(message))
        return
    if connection.reading >= MAX_READING:
        text = f"Wait for the answers: at most {MAX_READING} histories at a time."
        raise ProtocolError(ErrorCode.RATE_LIMITED, text, {"retryAfterMs": 1_000})
    # Reading rows waits for the database, so it is a task; the connection goes on meanwhile.
    connection.reading += 1
    connection.hub.spawn(_send_history(connection, message, topic, payload))


async def _send_history(
    connection: Connection, message: ClientMessage, topic: Topic, payload: GetHistoryPayload
) -> None:
    metadata = _reply_to(message)
    try:
        entries = await in_thread(topic.history, payload.limit, payload.before)
    except DatabaseTrouble:
        if payload.before is None:
            _send_remembered(connection, topic, payload, {**(metadata or {}), "stale": True})
        else:
            _send_failure(connection, message, "The history can't be read right now; try again.")
    except Exception:
        logger.exception("The history of %s could not be read.", topic.name)
        _send_failure(connection, message, "Presence failed at this message; the log has the details.")
    else:
        connection.send(encode.history(topic.name, entries, version=connection.version, metadata=metadata))
    finally:
        connection.reading -= 1


def _send_failure(connection: Connection, message: ClientMessage, text: str) -> None:
    problem = ProtocolError(ErrorCode.INTERNAL_ERROR, text)
    connection.send(encode.error(problem, version=connection.version, reply_to=message.id))


def _send_remembered(connection: Connection, topic: Topic, payload: GetHistoryPayload, metadata: Any) -> None:
    newest = connection.hub.feed.recent[topic.name].newest(payload.limit)
    before = payload.before
    entries = [entry for event, entry in newest if before is None or event.position < before][-payload.limit :]
    connection.send(encode.history(topic.name, entries, version=connection.version, metadata=metadata))


def confirm(connection: Connection, event: str, metadata: dict[str, object] | None = None) -> None:
    """Tell what is subscribed now."""
    data = SubscribedData(subscribed=connection.hub.subscriptions.names(connection), timestamp=encode.now_ms())
    connection.send(encode.reply("config", event, data, version=connection.version, metadata=metadata))


def _resolve(connection: Connection, names: list[str], *, whole: bool = True) -> list[Topic]:
    """Return the topics of these names; ``all`` stands for every one the user may see."""
    topics = connection.hub.topics
    found: dict[str, Topic] = {}
    for name in names:
        if name == "all" and whole:
            found.update({t.name: t for t in topics.values() if t.visible_to(connection.identity)})
            continue
        topic = topics.get(name)
        if topic is None:
            known = ", ".join([*topics, "all"] if whole else topics)
            raise ProtocolError(
                ErrorCode.INVALID_TYPE, f"Unknown type {name[:100]!r}; known are {known}.", {"type": name[:100]}
            )
        if not topic.visible_to(connection.identity):
            raise ProtocolError(ErrorCode.UNAUTHORIZED, f"You may not see {name!r}.", {"type": name})
        found[name] = topic
    return list(found.values())


def _reply_to(message: ClientMessage) -> dict[str, object] | None:
    return {"replyTo": message.id} if message.id else None


_HANDLERS: dict[str, Callable[[Connection, ClientMessage, Any], None]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "ping": _ping,
    "get_history": _get_history,
    "ack": _ack,
}
