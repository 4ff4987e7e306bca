"""Which browsers are signed in: noted when they sign in and when they are seen, so that people can end one.

A session's key is a secret, and Django keeps nothing about the browser that holds it; so each session has a row beside
it, which is listed and revoked by a number of its own.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import Error
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import SignIn

NOTED_EVERY = timedelta(minutes=10)


def connect() -> None:
    """Connect the receivers."""
    user_logged_in.connect(_signed_in, dispatch_uid="sign_ins_signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_ins_signed_out")


def active(user: User) -> QuerySet[SignIn]:
    """Return the user's signed-in browsers, the one seen last first."""
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return SignIn.objects.filter(user=user, session_key__in=living).order_by("-seen_at", "-pk")


def seen(request: HttpRequest) -> None:
    """Note that a signed-in browser is there; also one whose session is older than these rows.

    What can't be noted (a locked database) is let go: nobody is refused for it.
    """
    user, key = request.user, request.session.session_key
    if not isinstance(user, User) or not key:
        return
    with suppress(Error):
        sign_in = SignIn.objects.filter(session_key=key).first()
        if sign_in is None or timezone.now() - sign_in.seen_at > NOTED_EVERY:
            _note(request, user, key)


def revoke(*, sign_in: SignIn) -> None:
    """End a browser's session; its sockets end with the row."""
    Session.objects.filter(session_key=sign_in.session_key).delete()
    sign_in.delete()


def replaced(before: str | None) -> None:
    """Somebody signed in where somebody else was: Django has ended that session, and its sockets end with the row."""
    if before and not Session.objects.filter(session_key=before).exists():
        SignIn.objects.filter(session_key=before).delete()


def moved(*, user: User, before: str | None, after: str | None) -> None:
    """A session was given a new key; every other one of the user is good no more."""
    SignIn.objects.filter(user=user).exclude(session_key=before).delete()
    SignIn.objects.filter(session_key=before).update(session_key=after)


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    if request.session.session_key is None:
        request.session.save()
    _note(request, user, str(request.session.session_key))
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    SignIn.objects.filter(user=user).exclude(session_key__in=living).delete()


def _signed_out(request: HttpRequest, **_: Any) -> None:
    SignIn.objects.filter(session_key=request.session.session_key).delete()


def _note(request: HttpRequest, user: User, key: str) -> None:
    values = {
        "user": user,
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "address": request.META.get("REMOTE_ADDR", "")[:45],  # the server has put a trusted proxy's client here
        "seen_at": timezone.now(),
    }
    SignIn.objects.update_or_create(session_key=key, defaults=values)
