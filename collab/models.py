"""Shared sessions: who is in them, their document, chat, runs and the log of all that happened.

Times are integer milliseconds since the Unix epoch, except ``Presence.seen_at``, which is the database's own clock.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member may do: an owner everything, an editor edit and run, a viewer watch and talk."""

    OWNER = "owner", _("owner")
    EDITOR = "editor", _("editor")
    VIEWER = "viewer", _("viewer")


class Session(models.Model):
    """One shared session. ``document_head`` and ``event_head`` are the newest numbers of its two logs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.BigIntegerField(_("created"))
    updated_at = models.BigIntegerField(_("changed"), db_index=True)
    archived_at = models.BigIntegerField(_("archived"), null=True)
    context = models.JSONField(_("made from"), default=dict, help_text=_("The alert, chart or execution it is about."))
    text = models.TextField(
        _("query"), blank=True, help_text=_("As it read lately, for lists and searching; the document is the truth.")
    )
    text_author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    document_head = models.BigIntegerField(default=0)
    event_head = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-updated_at", "-id")

    def __str__(self) -> str:
        return self.title


class Member(models.Model):
    """Somebody who may come in, and as what. ``color`` is an index into the palette."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shared_sessions", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role)
    color = models.PositiveSmallIntegerField()
    joined_at = models.BigIntegerField(_("joined"))
    last_seen_at = models.BigIntegerField(_("last seen"), null=True)
    read_number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invite(models.Model):
    """A link that lets people in. Only the SHA-256 of its token is kept."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="invites")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(_("role"), max_length=8, choices=Role)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.BigIntegerField(_("created"))
    expires_at = models.BigIntegerField(_("expires"))
    revoked_at = models.BigIntegerField(_("revoked"), null=True)
    max_uses = models.PositiveIntegerField(_("may be used"), null=True)
    uses = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.session} ({self.role})"


class DocumentUpdate(models.Model):
    """One change of the document, of one or more authors. ``seq`` has no holes above the snapshot's."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="updates")
    seq = models.BigIntegerField()
    data = models.BinaryField()
    authors = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "seq"], name="document_update_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq}"


class DocumentSnapshot(models.Model):
    """The whole document up to and with update ``seq``."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="snapshot", primary_key=True)
    seq = models.BigIntegerField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.session_id} {self.seq}"


class Replica(models.Model):
    """Whose a writing replica of the document is: nobody can write under another's. No user: the server's own."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="replicas")
    number = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="replica_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"


class Event(models.Model):
    """One thing that happened. ``number`` counts from 1 in each session, in the order of commits, without holes."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="events")
    number = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(_("who"), max_length=150, blank=True)
    timestamp = models.BigIntegerField(_("time"))
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="event_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class ChatMessage(models.Model):
    """One message of the chat; ``key`` is the id that its author's program gave it."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="messages")
    key = models.CharField(max_length=64)
    number = models.BigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(_("author"), max_length=150)
    content = models.TextField(_("text"))
    mentions = models.JSONField(default=list)
    links = models.JSONField(default=list)
    timestamp = models.BigIntegerField(_("time"))
    edited_at = models.BigIntegerField(null=True)
    deleted_at = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["session", "key"], name="chat_message_once"),
            models.UniqueConstraint(fields=["session", "number"], name="chat_message_number"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.content[:40]}"


class Run(models.Model):
    """One execution of the query for everybody. What it returned stays with the console; here is what it was told."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    execution_id = models.CharField(max_length=64)
    share = models.TextField(blank=True)
    query = models.TextField()
    source = models.CharField(max_length=100, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_by_name = models.CharField(max_length=150)
    status = models.CharField(max_length=10, default="running")
    rows = models.BigIntegerField(default=0)
    elapsed_ms = models.BigIntegerField(null=True)
    error = models.CharField(max_length=500, blank=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    started_at = models.BigIntegerField()
    heard_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="run_number"),
            models.UniqueConstraint(fields=["session", "execution_id"], name="run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number}"


class Presence(models.Model):
    """How many sockets somebody has open on a session in one process. The row of a dead process grows old and goes."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="presences")
    process = models.CharField(max_length=36, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sockets = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "process", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.session_id}"
