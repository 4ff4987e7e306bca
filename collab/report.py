"""A session as a Markdown document: the incident report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from collab import messages, selectors
from collab.models import Session
from collab.people import name_of
from collab.report_texts import TEXTS
from collab.shared_document import SharedDocument

MAX_ENTRIES = 20_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def report(session: Session, *, language: str, zone: ZoneInfo) -> str:
    """Return the report in ``en`` or ``zh``, its times in ``zone``."""
    writer = _Writer(TEXTS[language], zone)
    parts = [
        writer.head(session),
        writer.people(list(selectors.people_of(session.pk).values())),
        writer.query(_text(session)),
        writer.runs(selectors.runs_of(session.pk, limit=1_000)),
        writer.timeline(selectors.timeline(session.pk, before=None, limit=MAX_ENTRIES)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _text(session: Session) -> str:
    document = SharedDocument(session.pk, max_length=settings.PRESENCE_SESSION_TEXT_LENGTH)
    document.open()
    return document.text


def escaped(text: object) -> str:
    """Return a text as Markdown shows it literally, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


class _Writer:
    def __init__(self, texts: dict[str, str], zone: ZoneInfo) -> None:
        self._texts = texts
        self._zone = zone

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence with values that are shown literally."""
        return self._texts[key].format(**{name: escaped(value) for name, value in values.items()})

    def time(self, ms: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """Return a time in ms as a date."""
        return datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone(self._zone).strftime(form)

    def took(self, ms: int | None) -> str:
        """Return a duration."""
        return "–" if ms is None else f"{ms} ms" if ms < 1_000 else f"{ms / 1000:.1f} s"

    # --- parts ---

    def head(self, session: Session) -> list[str]:
        """The title and what it is about."""
        maker = name_of(session.created_by) if session.created_by else self._texts["someone"]
        lines = [f"# {self.say('heading', title=session.title)}", ""]
        lines.append(self._fact("opened", self.say("by", time=self.time(session.created_at), name=maker)))
        if session.archived_at is not None:
            lines.append(self._fact("archived_at", self.time(session.archived_at)))
        context = session.context
        if "alertId" in context:
            about = f"{context['alertId']} {context.get('message', '')}"
            lines.append(self._fact("alert", escaped(about)))
        lines += [self._fact(key, escaped(context[key])) for key in ("host", "component", "level") if key in context]
        if "from" in context and "to" in context:
            lines.append(self._fact("range", f"{self.time(context['from'])} – {self.time(context['to'])}"))
        lines.append(self._fact("session", f"`{session.pk}`"))
        return [*lines, "", self.say("times", zone=self._zone.key)]

    def _fact(self, key: str, value: str) -> str:
        return f"- **{self._texts[key]}**: {value}"

    def people(self, people: list[messages.Participant]) -> list[str]:
        """The members."""
        rows = [f"- {escaped(person.name)} ({self._texts[person.role]})" for person in people]
        return [f"## {self._texts['people']}", "", *rows]

    def query(self, text: str) -> list[str]:
        """The SQL, fenced longer than anything in it."""
        if not text.strip():
            return [f"## {self._texts['query']}", "", self._texts["no_query"]]
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        return [f"## {self._texts['query']}", "", f"{fence}sql", text, fence]

    def runs(self, runs: list[messages.Run]) -> list[str]:
        """The runs, as a table."""
        if not runs:
            return []
        rows = [
            f"| {run.number} | {self.time(run.started_at)} | {escaped(run.started_by_name)} "
            f"| {self._texts[run.status]} | {run.rows} | {self.took(run.elapsed_ms)} |"
            for run in runs
        ]
        return [f"## {self._texts['runs']}", "", self._texts["run_head"], "|--:|---|---|---|--:|--:|", *rows]

    def timeline(self, entries: list[messages.TimelineEntry]) -> list[str]:
        """Everything that happened, a heading for each day."""
        return [f"## {self._texts['timeline']}", *self._days(entries)]

    def _days(self, entries: list[messages.TimelineEntry]) -> Iterator[str]:
        day = ""
        for entry in entries:
            if (own := self.time(entry.timestamp, "%Y-%m-%d")) != day:
                day = own
                yield from ("", f"### {day}", "")
            who = escaped(entry.actor_name or self._texts["someone"])
            colon = ":" if entry.kind == "message" and not entry.data.get("deleted") else ""
            yield f"- `{self.time(entry.timestamp, '%H:%M:%S')}` **{who}**{colon} {self._what(entry)}"

    def _what(self, entry: messages.TimelineEntry) -> str:
        data = entry.data
        if entry.kind == "message":
            return self._message(data)
        if entry.kind == "run_finished":
            status = data["status"]
            error = self._texts.get(data["error"] or "", data["error"] or "–")
            return self.say(
                f"run_{status}",
                run=data["run"],
                rows=self._rows(data["rows"]),
                took=self.took(data["elapsedMs"]),
                error=error,
            )
        key = {"alert": "alert_event"}.get(entry.kind, entry.kind)
        if entry.kind == "member_added" and "inviteId" in data:
            key = "member_invited"
        values = {**data, "message": data.get("message", "")}
        if "role" in values:
            values["role"] = self._texts[values["role"]]
        return self.say(key, **values)

    def _rows(self, count: int) -> str:
        return self._texts["row"] if count == 1 else self.say("rows", count=count)

    def _message(self, data: dict[str, Any]) -> str:
        if data.get("deleted"):
            return self._texts["deleted"]
        lines = [escaped(line) for line in str(data.get("content", "")).splitlines() if line.strip()]
        links = [self._link(link) for link in data.get("links", [])]
        return "  \n  ".join([*lines, *(f"→ {link}" for link in links)])

    def _link(self, link: dict[str, Any]) -> str:
        if label := link.get("label"):
            return escaped(label)
        if link["kind"] == "alert":
            return self.say("alert_link", alertId=link["alertId"])
        if link["kind"] == "chart":
            times = {"from": self.time(link["from"]), "to": self.time(link["to"])}
            return self.say("chart", **{**link, **times})
        if link.get("run"):
            return self.say("run", run=link["run"])
        return self.say("execution", executionId=link.get("executionId", ""))
