"""How long random tests look for a counterexample."""

from __future__ import annotations

import os

EXPLORING = os.environ.get("HYPOTHESIS_PROFILE") == "explore"


def examples(count: int) -> int:
    """Return how many examples a property gets that is worth many: ``count`` when exploring, else a quarter of them."""
    return count if EXPLORING else max(1, count // 4)
