"""Django's sessions in the database, for keys alone that could be one.

A cookie is whatever somebody sends. With a NUL in it PostgreSQL refuses the whole statement: over HTTP as a fault of
ours, and on a socket for all that are looked up together.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

KEY = re.compile(r"[a-z0-9]{8,40}")
"""Django makes 32 letters and digits, and its column takes 40."""


def could_be_a_key(key: str) -> bool:
    """Tell whether a session may have this key."""
    return KEY.fullmatch(key) is not None


class SessionStore(DatabaseStore):
    """The name is part of the key that sessions are signed with: those of the parent stay good."""

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and could_be_a_key(key)
