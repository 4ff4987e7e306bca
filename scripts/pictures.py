"""Take the pictures that the README shows: ``.venv/bin/python scripts/pictures.py``, on a machine that is idle else."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Set Django up as the tests do, then take them."""
    sys.path.insert(0, str(ROOT))
    import django

    from tests.support.environment import isolate

    isolate()
    django.setup()
    from tests.browser.picture_taking import pictures_take

    pictures_take()


if __name__ == "__main__":
    main()
