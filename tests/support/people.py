"""More people on a running server."""

from __future__ import annotations

from tests.support.http_client import PASSWORD, Api
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import run

_TOKENS: dict[tuple[str, str], str] = {}


def token_of(server: PresenceServer, name: str) -> str:
    """Return a token of a person who is made when there is none of that name."""
    key = (server.address, name)
    if key not in _TOKENS:
        code = (
            "from django.contrib.auth.models import User; from accounts.services import token_create\n"
            f"u, new = User.objects.get_or_create(username={name!r})\n"
            f"u.set_password({PASSWORD!r}); u.save(); print('token', token_create(user=u, name='test'))"
        )
        done = run([*MANAGE, "shell", "-v", "0", "-c", code], environ=server.environ)
        assert done.returncode == 0, done.stderr
        _TOKENS[key] = done.stdout.split("token ")[-1].strip()
    return _TOKENS[key]


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
