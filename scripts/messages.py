"""Collect the admin's texts into the Chinese catalogue and compile it; ``--check`` only tells whether that was done.

Works without the gettext tools, so that it runs wherever Presence does. Pages have their own texts, in the front end.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "realtime", "metrics", "queries", "collab", "dashboard", "presence_site")
CATALOGUE = ROOT / "presence_site" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
NAMES = ("_", "gettext", "gettext_lazy")


def texts() -> Iterator[tuple[str, str]]:
    """Yield each translatable text with the file it stands in."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts or "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value, str(path.relative_to(ROOT))


def merged() -> polib.POFile:
    """Return the catalogue with exactly the texts that the sources have."""
    old = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))} if CATALOGUE.exists() else {}
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {"Language": "zh_Hans", "Content-Type": "text/plain; charset=UTF-8"}
    seen: dict[str, str] = {}
    for text, path in texts():
        seen.setdefault(text, path)
    for text, path in sorted(seen.items(), key=lambda item: (item[1], item[0])):
        flags = ["python-format"] if "%(" in text else []
        catalogue.append(polib.POEntry(msgid=text, msgstr=old.get(text, ""), occurrences=[(path, "")], flags=flags))
    return catalogue


def main() -> int:
    """Write or check; return the exit code."""
    catalogue = merged()
    compiled = CATALOGUE.with_suffix(".mo")
    missing = [entry.msgid for entry in catalogue if not entry.msgstr]
    if "--check" in sys.argv:
        same = CATALOGUE.exists() and compiled.exists()
        same = same and str(polib.pofile(str(CATALOGUE), wrapwidth=120)) == str(catalogue)
        same = same and polib.mofile(str(compiled)).to_binary() == catalogue.to_binary()
        if not same:
            print("The admin's translations are out of date: run `make messages`.")
    else:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(CATALOGUE))
        catalogue.save_as_mofile(str(compiled))
        same = True
    for text in missing:
        print(f"Not translated: {text}")
    return 0 if same and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
