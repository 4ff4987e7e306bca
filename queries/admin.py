"""The console in Django admin: sources to edit, executions to look at (the audit), saved queries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from queries.models import Execution, SavedQuery, Source
from queries.sources import BadAddress, address_check, source_save


class SourceForm(forms.ModelForm[Source]):
    """A source; its address is written, never shown."""

    address = forms.CharField(
        label=_("address"),
        required=False,
        widget=forms.PasswordInput(attrs={"size": 80, "autocomplete": "off"}),
        help_text=_(
            "sqlite:////absolute/path.db or postgresql://user:password@host/database, with a role that may only read. "
            "It is encrypted and never shown again; leave it empty to keep it as it is."
        ),
    )

    class Meta:
        model = Source
        fields = ("name", "address", "group", "enabled")

    def clean_address(self) -> str:
        """Look at the address."""
        url: str = self.cleaned_data["address"]
        if not url and not self.instance.pk:
            raise ValidationError(_("Enter an address."))
        if url:
            try:
                address_check(url)
            except BadAddress as error:
                raise ValidationError(str(error)) from None
        return url


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin[Source]):
    """Sources besides the built-in history."""

    form = SourceForm
    list_display = ("name", "kind", "group", "enabled")
    list_filter = ("enabled", "kind")

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Keep the address encrypted."""
        source_save(obj, url=form.cleaned_data["address"] or None)


@admin.register(Execution)
class ExecutionAdmin(admin.ModelAdmin[Execution]):
    """Who ran what: to look at, not to change."""

    list_display = ("started", "username", "source_name", "state", "rows", "__str__")
    list_filter = ("state", "source_name")
    search_fields = ("query", "username", "error_message")
    ordering = ("-started_at",)
    list_select_related = ("source",)
    exclude = ("share_key", "process", "alive_until")

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, execution: Execution) -> datetime:
        """When it began, as a date."""
        return datetime.fromtimestamp(execution.started_at / 1000, tz=UTC)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: executions are made by running."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Execution | None = None) -> bool:
        """Nobody: it is an audit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Execution | None = None) -> bool:
        """Nobody: they go after ``QUERY_RECORD_DAYS``."""
        return False


@admin.register(SavedQuery)
class SavedQueryAdmin(admin.ModelAdmin[SavedQuery]):
    """Saved queries of everybody."""

    list_display = ("name", "owner", "shared")
    list_filter = ("shared",)
    search_fields = ("name", "query")
    list_select_related = ("owner",)
