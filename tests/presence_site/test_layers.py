"""Who may import whom."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.support.environment import ROOT

APPS = ("accounts", "realtime", "metrics", "queries", "collab", "dashboard")
DOMAINS = {"metrics", "queries", "collab"}
MAY_IMPORT: dict[str, set[str]] = {
    "accounts": set(),
    "realtime": {"accounts"},
    "metrics": {"accounts", "realtime"},
    "queries": {"accounts", "realtime"},
    "collab": {"accounts", "realtime"},
    "dashboard": {"accounts"},
}
"""``presence_site`` puts everything together and may import, and be imported by, all of them."""

FILES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "node_modules" not in path.parts]


@cache
def imported(path: Path) -> set[str]:
    """Return the first part of every module that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(path.relative_to(ROOT).parts[0] if node.level else (node.module or "").partition(".")[0])
    return names


def test_the_rule_looks_at_every_app() -> None:
    with_code = {path.relative_to(ROOT).parts[0] for path in FILES}
    there = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert there <= set(APPS) and there <= with_code


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_app_may(path: Path) -> None:
    app = path.relative_to(ROOT).parts[0]
    assert imported(path) & set(APPS) <= MAY_IMPORT[app] | {app}


def test_the_core_knows_no_domain_and_domains_do_not_know_each_other() -> None:
    for app, allowed in MAY_IMPORT.items():
        assert not allowed & DOMAINS, app


def test_an_import_inside_a_function_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "late.py"
    file.write_text("def f():\n    from metrics.models import Host\n    import queries.sandbox as s\n")
    assert imported(file) == {"metrics", "queries"}


def test_nothing_of_the_program_imports_the_tests() -> None:
    for path in [*FILES, *(ROOT / "presence_site").glob("*.py")]:
        assert "tests" not in imported(path), path
