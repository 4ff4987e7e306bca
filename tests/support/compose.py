"""``docker-compose.yml`` as data."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.environment import ROOT

Service = dict[str, Any]


def services() -> dict[str, Service]:
    """Return every service, with what it inherits."""
    found: dict[str, Service] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def filled_in(value: object, given: dict[str, str] | None = None) -> str:
    """Return a value with each ``${NAME:-default}`` and ``${NAME:?message}`` replaced."""
    known = given or {}

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2], found[3]
        return known.get(name, rest if kind == ":-" else f"some-{name.lower()}")

    return re.sub(r"\$\{(\w+)(:-|:\?)?([^}]*)\}", fill, str(value))
