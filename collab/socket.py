"""``/ws/collaboration/<session>``: who may come in, and what each message does."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as DatabaseTrouble
from msgspec import Struct

from collab import chat, messages, models, runs, selectors
from collab.awareness import read_states
from collab.errors import Refused
from collab.guests import Guest
from collab.lib0 import Malformed
from collab.live import MAX_CURSOR_LENGTH
from collab.models import Role
from collab.presence import presence_enter, presence_leave
from collab.room import MAX_UPDATE_BYTES, Room, read_marks
from collab.rooms import quietly, rooms_of
from collab.services import RANK, member_add
from collab.updates import Damaged
from realtime.admission import Refusal
from realtime.endpoint import Endpoint, EventType, MessageType, register_endpoint
from realtime.pool import in_thread
from realtime.protocol import CloseCode, ProtocolError

if TYPE_CHECKING:
    from realtime.peer import Peer

P = TypeVar("P", bound=Struct)


@dataclass(eq=False)
class Visit:
    """A socket from its handshake to its end; ``guest`` once it is in the room."""

    session_id: UUID
    user_id: int
    gone: bool = False
    room: Room | None = None
    guest: Guest | None = None

    def ended(self) -> bool:
        """Whether the socket has gone."""
        return self.gone


# --- coming and going --------------------------------------------------------------------------------------------


async def opened(peer: Peer) -> None:
    """Check who comes, note that they are there, and give them the state.

    Raises:
        Refusal: 4004 when there is no such session, 4003 when it is not for this user, 1013 when it is full.
    """
    rooms = rooms_of(peer.hub)
    session_id = _session_id(peer.argument)
    if rooms.sockets_in(session_id) >= settings.PRESENCE_SESSION_SOCKETS:
        raise Refusal(CloseCode.TRY_AGAIN_LATER, "session full", retry_after_ms=10_000)
    visit = peer.state = Visit(session_id, peer.identity.user_id)
    rooms.visit(session_id, visit.user_id)
    try:
        await in_thread(_enter, visit, rooms.process, lambda: rooms.visits[session_id, visit.user_id])
        visit.room = await rooms.room(session_id)
        if visit.user_id not in visit.room.present:
            await visit.room.look_who_is_there()
        marks = await in_thread(read_marks, session_id, visit.user_id)
    except Refused as refused:
        code = CloseCode.NOT_ALLOWED if refused.code == "NOT_ALLOWED" else CloseCode.NOT_FOUND
        raise Refusal(code, refused.message) from None
    except (DatabaseTrouble, Damaged, models.Session.DoesNotExist):
        raise Refusal(CloseCode.TRY_AGAIN_LATER, "database unavailable", retry_after_ms=3_000) from None
    visit.guest = Guest(peer, visit.user_id)
    if not visit.ended():
        await visit.room.come_in(visit.guest, *marks)
    if visit.ended():  # it went while it came
        await rooms.leave(session_id, visit.room, visit.guest)


def _session_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(CloseCode.NOT_FOUND, "There is no such session.") from None


def _enter(visit: Visit, process: str, count: Callable[[], int]) -> None:
    user = User.objects.get(pk=visit.user_id)
    session = models.Session.objects.filter(pk=visit.session_id).first()
    if session is None:
        raise Refused("UNKNOWN_SESSION")
    try:
        selectors.session_for(user, visit.session_id)
    except Refused:
        raise Refused("NOT_ALLOWED", "You are no member of this session.") from None
    if not models.Member.objects.filter(session=session, user=user).exists():  # an administrator
        member_add(session=session, by=user, user=user, role=Role.OWNER)
    presence_enter(session_id=visit.session_id, process=process, user=user, count=count)


async def closed(peer: Peer, code: int) -> None:
    """Note that somebody has gone."""
    visit = peer.state
    if not isinstance(visit, Visit) or visit.gone:
        return
    visit.gone = True
    rooms, key = rooms_of(peer.hub), (visit.session_id, visit.user_id)
    rooms.unvisit(*key)
    await rooms.leave(visit.session_id, visit.room, visit.guest)
    left = in_thread(
        presence_leave,
        session_id=visit.session_id,
        process=rooms.process,
        user_id=visit.user_id,
        count=lambda: rooms.visits[key],
    )
    await quietly(left)


# --- messages ----------------------------------------------------------------------------------------------------

Action = Callable[[Room, Guest, Any, "str | None"], "Awaitable[None] | None"]


def _handler(action: Action, role: str, says: bool) -> Callable[[Peer, Any, str | None], Awaitable[None] | None]:
    """Return a handler that looks for the room, and whether the sender may do that.

    What ``says`` something that stays is not for somebody with a read-only token, who else is a viewer.
    """

    def handle(peer: Peer, payload: Any, message_id: str | None) -> Awaitable[None] | None:
        visit = peer.state
        if not isinstance(visit, Visit) or visit.room is None or visit.guest is None:
            return None
        room, guest = visit.room, visit.guest
        if RANK[room.role_of(guest)] < RANK[role] or (says and peer.identity.read_only):
            raise _problem(Refused("UNAUTHORIZED", details={"role": role}))
        try:
            work = action(room, guest, payload, message_id)
        except Refused as refused:
            raise _problem(refused) from None
        return None if work is None else _guarded(work)

    return handle


async def _guarded(work: Awaitable[None]) -> None:
    try:
        await work
    except Refused as refused:
        raise _problem(refused) from None
    except DatabaseTrouble:
        text = "The database does not answer right now; try again in a moment."
        raise ProtocolError("INTERNAL_ERROR", text) from None
    except models.Session.DoesNotExist:
        raise _problem(Refused("UNKNOWN_SESSION")) from None


def _problem(refused: Refused) -> ProtocolError:
    return ProtocolError(refused.code, refused.message, refused.details)


def _refused(peer: Peer, problem: ProtocolError, message_id: str | None) -> None:
    """Say which message an error is about, in its details as well."""
    details = {**(problem.details or {}), **({"replyTo": message_id} if message_id else {})}
    peer.error(problem.code, problem.message, details or None, id=message_id)


def _bytes(text: str, code: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise Refused(code, details={"reason": "not base64"}) from None


def _check_open(room: Room) -> None:
    refusal = room.log.check_open()
    if refusal is not None:
        raise refusal


def _get_state(room: Room, guest: Guest, payload: None, message_id: str | None) -> Awaitable[None]:
    return room.send_state(guest, message_id)


def _doc_update(room: Room, guest: Guest, payload: messages.DocUpdate, message_id: str | None) -> None:
    guest.speech = "document"
    _check_open(room)
    update = _bytes(payload.update, "INVALID_UPDATE")
    if not update:
        raise Refused("INVALID_UPDATE", details={"reason": "empty"})
    if len(update) > MAX_UPDATE_BYTES:
        raise Refused("DOCUMENT_TOO_LARGE", details={"limit": MAX_UPDATE_BYTES})
    room.editing.submit(guest, message_id, update=update)


def _update_query(room: Room, guest: Guest, payload: messages.UpdateQuery, message_id: str | None) -> None:
    guest.speech = "plain"
    _check_open(room)
    base, guest.shown = guest.shown, payload.query
    room.editing.submit(guest, message_id, text=payload.query, base=base, base_seq=payload.seq)


def _awareness(room: Room, guest: Guest, payload: messages.Awareness, message_id: str | None) -> None:
    guest.speech = "document"
    try:
        room.live.take_states(guest, read_states(_bytes(payload.update, "INVALID_UPDATE")))
    except Malformed as problem:
        raise Refused("INVALID_UPDATE", details={"reason": str(problem)}) from None
    except PermissionError:
        raise Refused("FORGED_AUTHOR") from None


def _move_cursor(room: Room, guest: Guest, payload: messages.MoveCursor, message_id: str | None) -> None:
    guest.speech = "plain"
    if len(msgspec.json.encode(payload.cursor)) > MAX_CURSOR_LENGTH:
        raise Refused("MESSAGE_TOO_LONG", details={"limit": MAX_CURSOR_LENGTH})
    room.live.move(guest, payload.cursor)


async def _chat(room: Room, guest: Guest, payload: messages.SendChat, message_id: str | None) -> None:
    said = payload.message
    links = [msgspec.to_builtins(link) for link in said.links]

    def store() -> messages.ChatMessage | None:
        author = User.objects.get(pk=guest.user_id)
        row, new = chat.message_add(
            session_id=room.session_id, author=author, key=said.id, content=said.content, links=links
        )
        return None if new else selectors.message_of(row)

    known = await in_thread(store)
    if known is not None:  # everybody has it already; its author has asked again
        guest.peer.send("chat_message", messages.ChatPosted(known), id=message_id)


async def _edit_message(room: Room, guest: Guest, payload: messages.EditMessage, message_id: str | None) -> None:
    await _as_user(guest, chat.message_edit, session_id=room.session_id, key=payload.id, content=payload.content)


async def _delete_message(room: Room, guest: Guest, payload: messages.DeleteMessage, message_id: str | None) -> None:
    await _as_user(guest, chat.message_delete, session_id=room.session_id, key=payload.id)


def _typing(room: Room, guest: Guest, payload: messages.Typing, message_id: str | None) -> None:
    room.live.typed(guest.user_id, payload.typing)


async def _chat_read(room: Room, guest: Guest, payload: messages.ChatRead, message_id: str | None) -> None:
    await in_thread(chat.chat_read, session_id=room.session_id, user_id=guest.user_id, number=payload.number)
    for other in room.guests.of(guest.user_id):
        if other is not guest:
            other.peer.send("chat_read", messages.ChatSeen(payload.number))


async def _run_started(room: Room, guest: Guest, payload: messages.RunStarted, message_id: str | None) -> None:
    await _as_user(
        guest,
        runs.run_start,
        session_id=room.session_id,
        execution_id=payload.execution_id,
        share=payload.share or "",
        query=payload.query,
        source=payload.source,
    )


async def _run_progress(room: Room, guest: Guest, payload: messages.RunProgress, message_id: str | None) -> None:
    room.live.progressed(payload)
    await in_thread(runs.run_progress, session_id=room.session_id, execution_id=payload.execution_id, rows=payload.rows)


async def _run_finished(room: Room, guest: Guest, payload: messages.RunFinished, message_id: str | None) -> None:
    await _as_user(
        guest,
        runs.run_finish,
        session_id=room.session_id,
        execution_id=payload.execution_id,
        status=payload.status,
        rows=payload.rows,
        elapsed_ms=payload.elapsed_ms,
        error=payload.error or "",
    )


async def _cancel_run(room: Room, guest: Guest, payload: messages.CancelRun, message_id: str | None) -> None:
    await _as_user(guest, runs.run_cancel, session_id=room.session_id, execution_id=payload.execution_id)


async def _as_user(guest: Guest, call: Callable[..., Any], **arguments: Any) -> None:
    await in_thread(lambda: call(user=User.objects.get(pk=guest.user_id), **arguments))


# --- the endpoint ------------------------------------------------------------------------------------------------


def _message(
    name: str,
    payload: type[Struct] | None,
    action: Action,
    role: str = Role.VIEWER,
    *,
    often: bool = False,
    says: bool = False,
) -> MessageType:
    handler = _handler(action, role, says)
    return MessageType(name, payload, handler, cost="apart" if often else "ordinary", refused=_refused)


MESSAGES = (
    _message("get_state", None, _get_state),
    _message("doc_update", messages.DocUpdate, _doc_update, Role.EDITOR, often=True),
    _message("awareness", messages.Awareness, _awareness, often=True),
    _message("update_query", messages.UpdateQuery, _update_query, Role.EDITOR),
    _message("move_cursor", messages.MoveCursor, _move_cursor, often=True),
    _message("chat_message", messages.SendChat, _chat, says=True),
    _message("edit_message", messages.EditMessage, _edit_message, says=True),
    _message("delete_message", messages.DeleteMessage, _delete_message, says=True),
    _message("typing", messages.Typing, _typing, often=True),
    _message("chat_read", messages.ChatRead, _chat_read, often=True),
    _message("run_started", messages.RunStarted, _run_started, Role.EDITOR),
    _message("run_progress", messages.RunProgress, _run_progress, Role.EDITOR, often=True),
    _message("run_finished", messages.RunFinished, _run_finished, Role.EDITOR),
    _message("cancel_run", messages.CancelRun, _cancel_run, Role.EDITOR),
)
EVENTS: dict[str, type[Struct]] = {
    "session_state": messages.SessionState,
    "session_updated": messages.SessionUpdated,
    "participant_joined": messages.ParticipantJoined,
    "participant_left": messages.ParticipantLeft,
    "participant_updated": messages.ParticipantUpdated,
    "role_changed": messages.RoleChanged,
    "doc_update": messages.DocUpdated,
    "doc_saved": messages.DocSaved,
    "awareness": messages.AwarenessUpdated,
    "query_updated": messages.QueryUpdated,
    "cursor_moved": messages.CursorMoved,
    "chat_message": messages.ChatPosted,
    "chat_updated": messages.ChatPosted,
    "chat_read": messages.ChatSeen,
    "typing": messages.TypingChanged,
    "run_started": messages.RunChanged,
    "run_finished": messages.RunChanged,
    "run_progress": messages.RunProgressed,
    "run_cancel": messages.RunCancel,
    "timeline": messages.TimelineAdded,
}


def register() -> None:
    """Register the endpoint."""
    register_endpoint(
        Endpoint(
            name="collaboration",
            prefix="/ws/collaboration/",
            messages=MESSAGES,
            events=tuple(EventType(name, payload) for name, payload in EVENTS.items()),
            opened=opened,
            closed=closed,
        )
    )
