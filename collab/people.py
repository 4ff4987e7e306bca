"""What others see of a person: name and colour. Both are the server's, never the client's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.contrib.auth.models import User

PALETTE = (
    "#1f6fbf", "#b4501d", "#157e41", "#ae25dc", "#d1225c", "#147a7a",
    "#866a16", "#6e56e4", "#3f7c14", "#d52323", "#c320a8", "#187796",
)  # fmt: skip
"""Twelve hues, each with a luminance of about 0.155: white text on them has a contrast of 5, and they have 3 and more
on the page's dark background, so that carets and labels can be read in both themes."""
LIGHT = "33"
"""The alpha of a selection, appended to a colour."""


def color_of(index: int) -> tuple[str, str]:
    """Return the colour of carets and labels, and that of selections."""
    color = PALETTE[index % len(PALETTE)]
    return color, color + LIGHT


def color_free(taken: Iterable[int]) -> int:
    """Return the colour that the fewest have, the first of these."""
    counts = Counter(index % len(PALETTE) for index in taken)
    return min(range(len(PALETTE)), key=lambda index: (counts[index], index))


def name_of(user: User) -> str:
    """Return the name that others see."""
    return user.get_full_name() or user.get_username()
