"""The people of every prepared installation, and what each shows to get in. Run as a module it makes them.

Nobody has to sign in for that: a password takes a third of a second of a processor to check, and a process that makes
one user takes a whole one. Tests of signing in use the password of ``ada``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SECRET_KEY: Final = "what the installations of all tests sign with; of no use elsewhere"
NAME: Final = "ada"
PASSWORD: Final = "difference engine no. 2"
PEOPLE: Final[dict[str, tuple[str, ...]]] = {
    "grace": ("analyst",),
    "quentin": ("analyst",),
    "olga": ("operator",),
    "bob": ("viewer",),
    "guest": (),
    "late": (),
    "mallory": (),
    "stranger": (),
    "viewer": (),
    "witness": (),
}
"""The groups of each. They have no password; ``ada`` beside them is the administrator, and has one."""


def token_key(name: str) -> str:
    """What a program of that person shows."""
    return f"a-token-of-{name}-for-tests-alone"


def session_key(name: str) -> str:
    """What the browser of that person shows."""
    return f"session0of0{name}".ljust(32, "0")


def populate() -> None:
    """Make them in a migrated database."""
    from django.contrib.auth.models import Group, User

    administrator = User.objects.create_superuser(NAME, password=PASSWORD)
    _credentials_make(administrator)
    for name, groups in PEOPLE.items():
        user = User.objects.create_user(name)
        user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
        _credentials_make(user)


def _credentials_make(user: User) -> None:
    from django.contrib.sessions.models import Session
    from django.test import Client

    from accounts.models import SignIn, Token
    from accounts.services import token_digest

    Token.objects.create(user=user, name="test", digest=token_digest(token_key(user.username)))
    client = Client()
    client.force_login(user)
    made = client.cookies["presence_session"].value
    for table in (Session, SignIn):
        table.objects.filter(session_key=made).update(session_key=session_key(user.username))


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presence_site.settings")
    django.setup()
    populate()
