"""The shares of runs, as a session keeps them: encrypted, for a copy of the database must not open results.

A hash would not do: whoever joins later is given the share itself.
"""

from __future__ import annotations

from accounts.secrets import Undecipherable, decrypt, encrypt

PURPOSE = "collab.run.share"


def share_kept(share: str) -> str:
    """Return what is stored of a share; empty where there is none."""
    return encrypt(share, purpose=PURPOSE) if share else ""


def share_given(kept: str) -> str | None:
    """Return the share itself; None where there is none, or the secret key has changed since."""
    try:
        return decrypt(kept, purpose=PURPOSE) if kept else None
    except Undecipherable:
        return None
