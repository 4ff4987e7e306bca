"""What is kept of the console: sources, executions, saved queries. Times are integer ms since the epoch."""

from __future__ import annotations

import time
import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


def now_ms() -> int:
    """Return the time, in ms since the epoch."""
    return time.time_ns() // 1_000_000


class Source(models.Model):
    """A database besides the built-in history that people may query."""

    class Kind(models.TextChoices):
        SQLITE = "sqlite", "SQLite"
        POSTGRESQL = "postgresql", "PostgreSQL"

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, editable=False)
    url = models.TextField(_("address"), editable=False, help_text=_("Encrypted with the secret key."))
    group = models.ForeignKey(
        Group,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("group"),
        help_text=_("Who may query it, besides administrators. Empty: every analyst."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.BigIntegerField(_("created"), default=now_ms, editable=False)

    class Meta:
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Execution(models.Model):
    """One run of one statement: who, what, when, how long, how many rows, how it ended."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="executions", verbose_name=_("user")
    )
    username = models.CharField(_("user name"), max_length=150)
    source = models.ForeignKey(Source, models.SET_NULL, null=True, verbose_name=_("data source"))
    source_name = models.CharField(_("data source"), max_length=100, blank=True)
    query = models.TextField(_("query"))
    parameters = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    started_at = models.BigIntegerField(_("started"), default=now_ms)
    ended_at = models.BigIntegerField(_("ended"), null=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    truncated = models.CharField(_("cut off by"), max_length=5, blank=True)
    error_code = models.CharField(_("error code"), max_length=30, blank=True)
    error_message = models.TextField(_("error"), blank=True)
    cancel_reason = models.CharField(_("cancelled because"), max_length=20, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    share_key = models.CharField(max_length=32, blank=True, editable=False)
    process = models.CharField(max_length=300, editable=False, db_index=True)
    """Which process runs it: ``host:pid:start``."""
    alive_until = models.BigIntegerField(default=0, editable=False)
    """While it is open its process moves this on; past it the process is taken for dead."""

    class Meta:
        verbose_name = _("query execution")
        verbose_name_plural = _("query executions")
        ordering = ("-started_at",)
        indexes = [
            models.Index(fields=["-started_at"], name="execution_newest"),
            models.Index(fields=["user", "-started_at"], name="execution_of_user"),
            models.Index(fields=["state", "alive_until"], name="execution_open"),
        ]

    def __str__(self) -> str:
        return " ".join(self.query.split())[:80]


class SavedQuery(models.Model):
    """A query that somebody keeps, with the parameters it asks for."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_queries", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    query = models.TextField(_("query"))
    source = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True, verbose_name=_("data source"))
    parameters = models.JSONField(_("parameters"), default=list, blank=True)
    shared = models.BooleanField(_("shared"), default=False, help_text=_("Every analyst sees it."))
    share_key = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.BigIntegerField(_("created"), default=now_ms, editable=False)
    updated_at = models.BigIntegerField(_("changed"), default=now_ms, editable=False)

    class Meta:
        verbose_name = _("saved query")
        verbose_name_plural = _("saved queries")
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name
