"""Everything that a session can be refused for, listed once: code, HTTP status, sentence."""

from __future__ import annotations

from typing import Any

REFUSALS: dict[str, tuple[int, str]] = {
    "UNKNOWN_SESSION": (404, "There is no such session, or you are no member of it."),
    "NOT_ALLOWED": (403, "Your role in this session does not allow that."),
    "SESSION_ARCHIVED": (409, "This session is archived; reopen it first."),
    "LAST_OWNER": (409, "A session needs an owner; make somebody else one first."),
    "ALREADY_MEMBER": (409, "That person is a member already."),
    "UNKNOWN_MEMBER": (404, "That person is no member of this session."),
    "UNKNOWN_USER": (400, "Nobody who can sign in has that name."),
    "UNKNOWN_INVITE": (404, "This invitation is not known; ask for a new one."),
    "INVITE_EXPIRED": (410, "This invitation has expired; ask for a new one."),
    "INVITE_REVOKED": (410, "This invitation was taken back; ask for a new one."),
    "INVITE_USED_UP": (410, "This invitation was used as often as it may be; ask for a new one."),
    "UNAUTHORIZED": (403, "Your role in this session does not allow that."),
    "FORGED_AUTHOR": (403, "This writes under somebody else's name."),
    "INVALID_UPDATE": (400, "This is no update of the session's document."),
    "DOC_OUT_OF_SYNC": (409, "This builds on edits that the server does not have; get the state, then send the rest."),
    "DOCUMENT_TOO_LARGE": (413, "The text would become longer than a session's may."),
    "MESSAGE_TOO_LONG": (413, "The message is longer than one may be."),
    "MESSAGE_ID_TAKEN": (409, "Somebody else's message has that id."),
    "UNKNOWN_MESSAGE": (404, "There is no such message."),
    "NOT_YOURS": (403, "Only its author may change a message."),
    "RUN_ACTIVE": (409, "The query is being run already."),
    "UNKNOWN_RUN": (404, "This session has no such run."),
}


class Refused(Exception):
    """A wish that can't be granted; nothing was changed."""

    def __init__(self, code: str, message: str = "", details: dict[str, Any] | None = None) -> None:
        self.status, text = REFUSALS[code]
        self.code = code
        self.message = message or text
        self.details = details
        super().__init__(self.message)
