"""Every message of ``/ws/collaboration/<session>``, declared once; the HTTP API answers with the same shapes.

``participant`` everywhere means a person, not a tab; its id is the user's, as text. Times are integer milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field


class _In(Struct, rename="camel"):
    """Base of what a client sends."""


class _Out(Struct, rename="camel"):
    """Base of what the server sends."""


NO_NUL = r"^[^\x00]*$"
"""Short texts have no NUL, which PostgreSQL can't store; from long ones it is taken out."""
Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]
Label = Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
Base64 = Annotated[str, Meta(max_length=4_194_304)]


# --- from the client ---------------------------------------------------------------------------------------------


class UpdateQuery(_In):
    """``update_query``: the whole text as a plain client wants it; ``seq`` says which text it changed."""

    query: str
    seq: int | None = None


class MoveCursor(_In):
    """``move_cursor``: where a plain client's cursor is, in its own terms."""

    cursor: Any


class DocUpdate(_In):
    """``doc_update``: a Yjs update (version 1)."""

    update: Base64


class Awareness(_In):
    """``awareness``: an awareness message of ``y-protocols`` with one's own states."""

    update: Base64


class AlertLink(_In, tag="alert", tag_field="kind"):
    """A link to an alert."""

    alert_id: int
    label: Label = ""


class ChartLink(_In, tag="chart", tag_field="kind"):
    """A link to a chart: a metric of a host over a range of time."""

    host: Annotated[str, Meta(max_length=253, pattern=NO_NUL)]
    metric: Annotated[str, Meta(max_length=64, pattern=NO_NUL)]
    from_: int = field(name="from")
    to: int
    label: Label = ""


class ExecutionLink(_In, tag="execution", tag_field="kind"):
    """A link to an execution, or to a run of this session."""

    execution_id: Annotated[str, Meta(max_length=64, pattern=NO_NUL)] = ""
    run: int | None = None
    label: Label = ""


Link = AlertLink | ChartLink | ExecutionLink


class OutgoingChat(_In):
    """What somebody says. ``id`` is the sender's, so that saying it twice is saying it once."""

    id: Identifier
    content: Annotated[str, Meta(min_length=1)]
    links: Annotated[list[Link], Meta(max_length=10)] = []


class SendChat(_In):
    """``chat_message``; author and time are the server's, whatever else it says."""

    message: OutgoingChat


class EditMessage(_In):
    """``edit_message``."""

    id: Identifier
    content: Annotated[str, Meta(min_length=1)]


class DeleteMessage(_In):
    """``delete_message``."""

    id: Identifier


class Typing(_In):
    """``typing``."""

    typing: bool


class ChatRead(_In):
    """``chat_read``: the chat was seen up to this number."""

    number: Annotated[int, Meta(ge=0)]


class RunStarted(_In):
    """``run_started``: the sender has begun an execution at ``/ws/query``; ``share`` lets the others watch it."""

    execution_id: Identifier
    query: Annotated[str, Meta(max_length=1_000_000)]
    share: Annotated[str, Meta(max_length=4_000, pattern=NO_NUL)] | None = None
    source: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""


class RunProgress(_In):
    """``run_progress``: how far it is; ``progress`` is 0-100, None where the total is not known."""

    execution_id: Identifier
    rows: Annotated[int, Meta(ge=0)] = 0
    progress: Annotated[float, Meta(ge=0, le=100)] | None = None
    step: Annotated[str, Meta(max_length=200)] | None = None


class RunFinished(_In):
    """``run_finished``: how it ended."""

    execution_id: Identifier
    status: Literal["completed", "failed", "cancelled"]
    rows: Annotated[int, Meta(ge=0)] = 0
    elapsed_ms: Annotated[int, Meta(ge=0)] | None = None
    error: str | None = None


class CancelRun(_In):
    """``cancel_run``."""

    execution_id: Identifier


class GetState(_In):
    """``get_state``: asks for ``session_state`` once more."""


# --- from the server ---------------------------------------------------------------------------------------------


class Participant(_Out):
    """A person in the session."""

    id: str
    name: str
    color: str
    color_light: str
    role: Literal["owner", "editor", "viewer"]


class Mention(_Out):
    """Somebody who is called by name."""

    id: str
    name: str


class ChatMessage(_Out):
    """One message of the chat. ``number`` is its place in the session's log."""

    id: str
    number: int
    author_id: str | None
    author_name: str
    content: str
    timestamp: int
    edited_at: int | None
    deleted: bool
    mentions: list[Mention]
    links: list[Link]


class Run(_Out):
    """One execution for everybody. ``share`` lets members attach to it at ``/ws/query``."""

    number: int
    execution_id: str
    share: str | None
    query: str
    source: str
    started_by: str | None
    started_by_name: str
    status: Literal["running", "completed", "failed", "cancelled"]
    rows: int
    progress: float | None
    step: str | None
    started_at: int
    ended_at: int | None
    elapsed_ms: int | None
    error: str | None
    cancelled_by: str | None


class TimelineEntry(_Out):
    """One thing that happened."""

    number: int
    kind: str
    actor_id: str | None
    actor_name: str
    timestamp: int
    data: dict[str, Any]


class SessionInfo(_Out):
    """What a session is called and about."""

    id: str
    title: str
    archived: bool
    context: dict[str, Any] | None


class Limits(_Out):
    """What a client should not try to pass: UTF-16 units, characters, bytes."""

    text_length: int
    message_length: int
    update_bytes: int


class SessionState(_Out):
    """``session_state``: everything, on joining. ``doc`` is the whole document as a Yjs update in base64."""

    session: SessionInfo
    you: str
    role: Literal["owner", "editor", "viewer"]
    participants: list[Participant]
    query: str
    query_author: str | None
    chat_messages: list[ChatMessage]
    chat_more: bool
    unread: int
    read_number: int
    doc: str
    doc_seq: int
    runs: list[Run]
    number: int
    typing: list[str]
    cursors: dict[str, Any]
    awareness: str | None
    limits: Limits


class ParticipantJoined(_Out):
    """``participant_joined``: the first tab of somebody."""

    participant: Participant


class ParticipantLeft(_Out):
    """``participant_left``: the last tab of somebody has gone."""

    participant_id: str


class ParticipantUpdated(_Out):
    """``participant_updated``: another role or name."""

    participant: Participant


class RoleChanged(_Out):
    """``role_changed``: one's own role is another now."""

    role: Literal["owner", "editor", "viewer"]


class SessionUpdated(_Out):
    """``session_updated``: another title, archived, reopened."""

    session: SessionInfo


class DocUpdated(_Out):
    """``doc_update``: changes of the document up to number ``seq``."""

    update: str
    seq: int
    author_ids: list[str]


class DocSaved(_Out):
    """``doc_saved``: the edit with that id is stored."""

    id: str | None
    seq: int


class AwarenessUpdated(_Out):
    """``awareness``: states that have changed."""

    update: str


class QueryUpdated(_Out):
    """``query_updated``: the text, for plain clients."""

    query: str
    author_id: str | None
    seq: int


class CursorMoved(_Out):
    """``cursor_moved``: a plain client's cursor, as it said it."""

    cursor: Any
    author_id: str


class ChatPosted(_Out):
    """``chat_message`` and ``chat_updated``."""

    message: ChatMessage


class TypingChanged(_Out):
    """``typing``."""

    participant_id: str
    typing: bool


class ChatSeen(_Out):
    """``chat_read``, to one's other tabs."""

    number: int


class RunChanged(_Out):
    """``run_started`` and ``run_finished``."""

    run: Run


class RunProgressed(_Out):
    """``run_progress``."""

    execution_id: str
    number: int
    rows: int
    progress: float | None
    step: str | None


class RunCancel(_Out):
    """``run_cancel``: somebody wants it to end."""

    execution_id: str
    number: int
    participant_id: str


class TimelineAdded(_Out):
    """``timeline``: a new entry."""

    entry: TimelineEntry
