"""Addresses of channels hold passwords and tokens: encrypted at rest, with a key from the site's secret key."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

PURPOSE = b"presence.notify.channel:"


class SecretLost(Exception):
    """What was encrypted can't be read: the secret key is another one than it was."""


def _fernet() -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # a detector without channels does without

    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (hashlib.sha256(PURPOSE + str(key).encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def encrypt(text: str) -> str:
    """Return a text so that only this installation can read it (AES-128-CBC with an HMAC, Fernet)."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return what was encrypted, also with one of ``SECRET_KEY_FALLBACKS``.

    Raises:
        SecretLost: when no key fits.
    """
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise SecretLost("The secret key has changed since this address was saved. Enter it again.") from None
