"""Secrets at rest."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.secrets import Undecipherable, decrypt, encrypt


def test_a_secret_comes_back_and_can_not_be_read_as_it_is_kept() -> None:
    kept = encrypt("postgresql://me:hunter2@db/x", purpose="sources")
    assert "hunter2" not in kept
    assert decrypt(kept, purpose="sources") == "postgresql://me:hunter2@db/x"


def test_what_was_encrypted_for_one_purpose_can_not_be_read_for_another() -> None:
    with pytest.raises(Undecipherable):
        decrypt(encrypt("x", purpose="sources"), purpose="channels")


def test_an_old_key_still_reads_while_it_is_a_fallback(settings: Any) -> None:
    kept = encrypt("x", purpose="sources")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert decrypt(kept, purpose="sources") == "x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Undecipherable):
        decrypt(kept, purpose="sources")
