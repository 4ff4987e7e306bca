"""The environment that tests see: none of the settings of whoever runs them, and a data folder that is thrown away.

``DATABASE_URL`` alone is kept: with it the same tests run on another database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from presence_site.env import BY_NAME

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable


def isolate() -> None:
    """Take Presence's settings out of this process's environment. Must run before Django's settings are loaded."""
    folder = tempfile.mkdtemp(prefix="presence-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in set(BY_NAME) - {"DATABASE_URL"}:
        os.environ.pop(name, None)
    os.environ["PRESENCE_DATA_DIR"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "presence_site.settings"


def clean(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process of ours: without any setting of Presence but ``changes``."""
    kept = {name: value for name, value in os.environ.items() if name not in BY_NAME and "COV" not in name}
    return {**kept, "PYTHONUNBUFFERED": "1", **changes}
