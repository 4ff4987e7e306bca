"""Tokens in the admin: listed and revoked, never shown."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Token


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin[Token]):
    """A token is made over the API, where its key is shown once; here it can be looked at and deleted."""

    list_display = ("name", "user", "read_only", "created_at", "expires_at")
    list_filter = ("read_only",)
    search_fields = ("name", "user__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
