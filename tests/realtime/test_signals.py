"""Whose sockets are looked at again, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from realtime import publisher
from tests.support.users import make_user, session_of, token_of

pytestmark = pytest.mark.django_db(transaction=True)

Change = Callable[[User, Group], Any]


def changed_by(monkeypatch: pytest.MonkeyPatch, change: Change) -> set[int | None]:
    """Return whose sockets a change makes every process look at, None for everybody's."""
    user, group = make_user(groups=("analyst",)), Group.objects.get(name="analyst")
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(publisher, "control", told.append)
    number = user.pk
    change(user, group)
    return {message["user"] and message["user"] - number for message in told}


def saved(one: User | Group, **values: Any) -> None:
    for name, value in values.items():
        setattr(one, name, value)
    one.save()


MINE: dict[str, Change] = {
    "deactivated": lambda user, group: saved(user, is_active=False),
    "password": lambda user, group: saved(user, password="another"),
    "deleted": lambda user, group: user.delete(),
    "taken out of a group": lambda user, group: user.groups.remove(group),
    "token revoked": lambda user, group: (token_of(user), user.tokens.get().delete()),
    "sign-in ended": lambda user, group: (session_of(user), user.sign_ins.get().delete()),
}
EVERYBODYS: dict[str, Change] = {
    "a group let go of a user": lambda user, group: group.user_set.remove(user),
    "a group let go of all": lambda user, group: group.user_set.clear(),
    "a group was deleted": lambda user, group: group.delete(),
    "a group has another name": lambda user, group: saved(group, name="x"),
}
NOBODYS: dict[str, Change] = {
    "signed in": lambda user, group: session_of(user),
    "a new token": lambda user, group: token_of(user),
    "another user": lambda user, group: make_user("grace"),
    "a new group": lambda user, group: Group.objects.create(name="y"),
}


@pytest.mark.parametrize("change", MINE.values(), ids=MINE)
def test_what_takes_something_from_a_user_is_told_of_that_user(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    assert changed_by(monkeypatch, change) == {0}


@pytest.mark.parametrize("change", EVERYBODYS.values(), ids=EVERYBODYS)
def test_what_happens_to_a_group_concerns_everybody(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    assert changed_by(monkeypatch, change) == {None}


@pytest.mark.parametrize("change", NOBODYS.values(), ids=NOBODYS)
def test_what_takes_nothing_away_is_not_told(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    assert changed_by(monkeypatch, change) == set()
