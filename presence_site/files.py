"""The data folder and the secret key inside it; how static files are cached."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import zoneinfo
from collections.abc import MutableMapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

HASHED = re.compile(r"/dashboard/assets/[^/]+-[0-9A-Za-z_-]{8}\.[^/]+$")
"""What Vite builds: the content's hash is part of the name."""


def static_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Let browsers keep for ever what never changes under its name."""
    if HASHED.search(url):
        headers["Cache-Control"] = "max-age=315360000, public, immutable"


def data_folder(path: str | Path) -> Path:
    """Return the data folder as an absolute path, made (mode 0700) when it is missing.

    Raises:
        ImproperlyConfigured: when it can't be made or written to.
    """
    folder = Path(path).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(_unwritable(folder, error.strerror)) from None
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(_unwritable(folder, "no permission to write"))
    return folder


def existing_path(name: str, path: str) -> str:
    """Return the path that the setting ``name`` gives.

    Raises:
        ImproperlyConfigured: when there is nothing at it.
    """
    if not Path(path).exists():
        raise ImproperlyConfigured(f"{name} is {path!r}, where there is nothing. Set it to a path that exists.")
    return path


def time_zone(name: str, value: str) -> str:
    """Return the time zone that the setting ``name`` gives.

    Raises:
        ImproperlyConfigured: when no zone has that name.
    """
    if value not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(f"{name} is {value!r}, which is no time zone. One is called Asia/Shanghai.")
    return value


def secret_key(folder: Path) -> str:
    """Return the key kept in ``folder``, generated on first use and readable by its owner alone.

    Several processes may start at once: the file is linked into place whole, and the first one wins.
    """
    path = folder / "secret_key"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    try:
        # A name by process id would not do: in containers that share the folder every process is number 1.
        descriptor, name = tempfile.mkstemp(prefix=".secret_key.", dir=folder)  # mode 0600
        draft = Path(name)
        with os.fdopen(descriptor, "w") as file:
            file.write(get_random_secret_key())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(_unwritable(folder, error.strerror)) from None


def _unwritable(folder: Path, why: str | None) -> str:
    return f"The data folder {folder} can't be used ({why}). Set PRESENCE_DATA_DIR to a folder that can be written to."
