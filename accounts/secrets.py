"""Secrets of others that Presence has to keep, encrypted at rest: passwords of databases, addresses of channels.

The key is derived from ``SECRET_KEY``. Who has a copy of the database alone reads none of them; whoever has the key
file or the environment too does.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Undecipherable(Exception):
    """The secret key has changed since this was encrypted."""


def encrypt(text: str, *, purpose: str) -> str:
    """Return ``text`` encrypted; what was encrypted for one purpose can't be read for another."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def decrypt(text: str, *, purpose: str) -> str:
    """Return what ``encrypt`` took.

    Raises:
        Undecipherable: when it was encrypted with a key that is neither ``SECRET_KEY`` nor one of its fallbacks.
    """
    try:
        return _fernet(purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        raise Undecipherable("This was encrypted with another PRESENCE_SECRET_KEY: enter it again.") from None


def _fernet(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(str(key), purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    # The key is long and random already: a plain hash derives as well as a slow one.
    return base64.urlsafe_b64encode(hashlib.sha256(f"presence.secrets:{purpose}:{key}".encode()).digest())
