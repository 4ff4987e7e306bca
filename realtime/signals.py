"""Sockets follow what happens to their user: signed out, deactivated, password changed, token revoked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from accounts.models import SignIn, Token
from realtime import publisher


def connect() -> None:
    """Connect the receivers."""
    post_save.connect(_user_saved, sender=User, dispatch_uid="sockets_user_saved")
    post_delete.connect(_user_gone, sender=User, dispatch_uid="sockets_user_deleted")
    m2m_changed.connect(_groups_changed, sender=User.groups.through, dispatch_uid="sockets_groups_changed")
    post_save.connect(_group_saved, sender=Group, dispatch_uid="sockets_group_saved")
    pre_delete.connect(_group_goes, sender=Group, dispatch_uid="sockets_group_deleted")
    post_delete.connect(_token_gone, sender=Token, dispatch_uid="sockets_token_deleted")
    post_delete.connect(_sign_in_gone, sender=SignIn, dispatch_uid="sockets_sign_in_deleted")
    user_logged_out.connect(_signed_out, dispatch_uid="sockets_signed_out")


def _recheck(user_id: int | None) -> None:
    """Let every process look again who this user is; None: every user."""
    # Before the commit others would still find what is being taken away.
    transaction.on_commit(lambda: publisher.control({"type": "hub.recheck", "user": user_id}))


def _user_saved(instance: User, created: bool, update_fields: Any = None, **_: Any) -> None:
    if not created and set(update_fields or ()) != {"last_login"}:
        _recheck(instance.pk)


def _user_gone(instance: User, **_: Any) -> None:
    _recheck(instance.pk)


def _groups_changed(instance: Any, action: str, **_: Any) -> None:
    if action.startswith("post_"):
        _recheck(instance.pk if isinstance(instance, User) else None)  # else it is a group whose users were changed


def _group_saved(created: bool, **_: Any) -> None:
    if not created:  # the roles are the names
        _recheck(None)


def _group_goes(**_: Any) -> None:
    _recheck(None)


def _token_gone(instance: Token, **_: Any) -> None:
    _recheck(instance.user_id)


def _sign_in_gone(instance: SignIn, **_: Any) -> None:
    _recheck(instance.user_id)


def _signed_out(request: Any, user: User | None, **_: Any) -> None:
    # Django says so before it deletes the session, and the sockets are looked up by it: delete it now.
    if user is not None and request.session.session_key:
        Session.objects.filter(session_key=request.session.session_key).delete()
        _recheck(user.pk)
