"""Texts as every database can store them."""

from __future__ import annotations


def storable(text: str) -> str:
    """Return the text without NUL, the one character that PostgreSQL has no place for."""
    return text.replace("\x00", "")
