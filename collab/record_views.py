"""``/api/v1/sessions/<id>/…``: what a session holds: chat, timeline, runs, document, report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collab import selectors
from collab.forms import ExportQuery, LogQuery
from collab.report import report
from collab.shared_document import SharedDocument
from collab.views import SessionsApiView
from presence_site.api import listed

SHOWN_RUNS = 100


def _log_page(results: list[Any], *, more: bool) -> Response:
    """Return a page of a log, oldest first; ``next`` is what to pass as ``before`` for the page before it."""
    following = results[0].number if more and results else None
    return Response({"results": msgspec.to_builtins(results), "next": following, "previous": None})


class MessagesView(SessionsApiView):
    """The chat."""

    @extend_schema(parameters=[LogQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return the last messages before a number, oldest first."""
        session = self.find(session_id)
        asked = self.check(LogQuery, request.query_params)
        found, more = selectors.chat_page(session.pk, before=asked.get("before"), limit=asked["limit"])
        return _log_page(found, more=more)


class TimelineView(SessionsApiView):
    """Everything that happened."""

    @extend_schema(parameters=[LogQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return the last entries before a number, oldest first."""
        session = self.find(session_id)
        asked = self.check(LogQuery, request.query_params)
        limit = asked["limit"]
        found = selectors.timeline(session.pk, before=asked.get("before"), limit=limit + 1)
        return _log_page(found[-limit:], more=len(found) > limit)


class RunsView(SessionsApiView):
    """The runs."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return the last hundred runs, newest first."""
        found = selectors.runs_of(self.find(session_id).pk, limit=SHOWN_RUNS)
        return listed(msgspec.to_builtins(found[::-1]))


class DocumentView(SessionsApiView):
    """The query."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, session_id: UUID) -> Response:
        """Return ``{query, seq}``: the whole text, and the number of the last change in it."""
        session = self.find(session_id)
        document = SharedDocument(session.pk, max_length=settings.PRESENCE_SESSION_TEXT_LENGTH)
        document.open()
        return Response({"query": document.text, "seq": document.seq})


class ExportView(SessionsApiView):
    """The incident report."""

    @extend_schema(parameters=[ExportQuery], responses={(200, "text/markdown"): OpenApiTypes.STR})
    def get(self, request: Request, session_id: UUID) -> HttpResponse:
        """Return the session as a Markdown document, to be saved."""
        session = self.find(session_id)
        asked = self.check(ExportQuery, request.query_params)
        text = report(session, language=asked["language"], zone=asked["timezone"])
        answer = HttpResponse(text, content_type="text/markdown; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="session-{session.pk}.md"'
        return answer
