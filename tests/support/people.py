"""More people on a running server."""

from __future__ import annotations

from tests.support.http_client import PASSWORD, Api
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import run

_TOKENS: dict[tuple[str, str], str] = {}


PEOPLE = ("bob", "guest", "late", "mallory", "stranger", "witness", "viewer", "quentin")
_CODE = """
from django.contrib.auth.models import User
from accounts.services import token_create
for name in %r:
    user = User(username=name)
    user.set_unusable_password()
    user.save()
    print("token", name, token_create(user=user, name="test"))
"""


def token_of(server: PresenceServer, name: str) -> str:
    """Return a token of one of ``PEOPLE``; they are all made when the first is wanted, by one process."""
    if (server.address, name) not in _TOKENS:
        done = run([*MANAGE, "shell", "-v", "0", "-c", _CODE % (PEOPLE,)], environ=server.environ)
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            _, who, token = line.split()
            _TOKENS[server.address, who] = token
    return _TOKENS[server.address, name]


def token_for(server: PresenceServer, name: str, session_id: str, role: str) -> str:
    """Return a token of a person who is let into a session."""
    token = token_of(server, name)
    with server.api() as api:
        answer = api.http.post(f"/api/v1/sessions/{session_id}/members", json={"username": name, "role": role})
        assert answer.status_code in (201, 409), answer.text
    return token


def api_of(server: PresenceServer, token: str) -> Api:
    """Return an HTTP client of somebody."""
    api = Api(server.address)
    api.http.headers["Authorization"] = f"Token {token}"
    return api


_ACCOUNT = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user(%r, password=%r)
user.groups.set(Group.objects.filter(name__in=%r))
"""


def account_make(server: PresenceServer, name: str, *groups: str) -> None:
    """Make somebody who signs in with the password of the tests, as a member of ``groups``."""
    done = run([*MANAGE, "shell", "-v", "0", "-c", _ACCOUNT % (name, PASSWORD, groups)], environ=server.environ)
    assert done.returncode == 0, done.stderr
