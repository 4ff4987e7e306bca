"""Tokens and signed-in browsers in the admin: listed and revoked; keys are never shown."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import sign_ins
from accounts.models import SignIn, Token


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin[Token]):
    """A token is made over the API, where its key is shown once; here it can be looked at and deleted."""

    list_display = ("name", "user", "read_only", "created_at", "expires_at")
    list_filter = ("read_only",)
    search_fields = ("name", "user__username")
    readonly_fields = ("user", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(SignIn)
class SignInAdmin(admin.ModelAdmin[SignIn]):
    """Which browsers are signed in. Deleting one signs it out."""

    list_display = ("user", "user_agent", "address", "created_at", "seen_at")
    search_fields = ("user__username", "address")
    readonly_fields = ("user", "user_agent", "address", "created_at", "seen_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SignIn | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: SignIn) -> None:
        """End the session too."""
        sign_ins.revoke(sign_in=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SignIn]) -> None:
        """End each session too."""
        for sign_in in queryset:
            sign_ins.revoke(sign_in=sign_in)
