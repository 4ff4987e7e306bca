"""A program that calls the HTTP API, without a server."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.services import token_create
from tests.support.users import make_user


class Program:
    """A program of somebody with a role; it shows a token."""

    def __init__(self, role: str, *, name: str = "", **token: Any) -> None:
        user = make_user(name or role, groups=() if role == "viewer" else (role,))
        self._client = Client(headers={"Authorization": f"Token {token_create(user=user, name='t', **token)}"})

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; ``body`` is JSON, or text as it is."""
        data = body if isinstance(body, str) else json.dumps(body)
        answer = self._client.generic(method, f"/api/v1{path}", data if body is not None else "", "application/json")
        return answer.status_code, json.loads(answer.content or "null")
