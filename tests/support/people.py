"""More people on a running server: those whom ``population.py`` has put into each prepared installation."""

from __future__ import annotations

from tests.support.http_client import Api
from tests.support.population import PEOPLE, token_key
from tests.support.presence_server import PresenceServer


def token_of(server: PresenceServer, name: str) -> str:
    """Return a token of one of ``PEOPLE``."""
    assert server.prepared and name in PEOPLE
    return token_key(name)


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
