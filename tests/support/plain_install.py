"""A Python that finds only what ``make run`` installs: the project's own dependencies, not those of its tests."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.environment import ROOT

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}} in a plain installation", name=name)

sys.meta_path.insert(0, Blocker())
"""


def installed_by_run() -> set[str]:
    """Return the names of all distributions that the project needs, directly or through another."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [Requirement(text) for text in project["dependencies"]]
    found: set[str] = {"pip", "setuptools"}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        try:
            needs = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:  # another platform's
            continue
        waiting += [need for need in needs if _applies(need, extras)]
    return found


def _applies(need: Requirement, extras: frozenset[str]) -> bool:
    return need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def blocked_modules() -> set[str]:
    """Return the importable names that a plain installation lacks, those of the tests' packages."""
    kept = installed_by_run()
    return {
        module
        for module, owners in packages_distributions().items()
        if module.isidentifier() and not {canonicalize_name(owner) for owner in owners} & kept
    }


def write_blocker(folder: Path) -> dict[str, str]:
    """Write what blocks them into ``folder``; return the environment in which a Python obeys."""
    (folder / "sitecustomize.py").write_text(BLOCKER.format(blocked=blocked_modules()))
    return {"PYTHONPATH": str(folder)}
