"""Fixtures for every test. Settings are chosen here, before Django reads them."""

from __future__ import annotations

import gc
import os
import shutil

import django

from tests.support.environment import isolate

isolate()
django.setup()

from collections.abc import Generator, Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Protocol  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402

from accounts.rates import rates  # noqa: E402
from tests.support.once import made_once  # noqa: E402
from tests.support.postgres_server import PostgresServer  # noqa: E402
from tests.support.presence_server import Kind, PresenceServer, migrate, populate  # noqa: E402
from tests.support.processes import STARTED  # noqa: E402
from tests.support.redis_server import RedisServer  # noqa: E402
from tests.support.restoring import restore_instead_of_flush  # noqa: E402

# Hash passwords quickly. Look for a static file when it is asked for: every client of a test is a site of its own, and
# would look at all of them first, for a twentieth of a second.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.SERVESTATIC_AUTOREFRESH = True

hypothesis.settings.register_profile(
    "same", derandomize=True, max_examples=30, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "explore", max_examples=500, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
"""The same few examples each time, so that a red run says something about the change; `explore` looks for new ones."""

LONGEST = (
    "test_stress.py",
    "test_databases.py",
    "test_pages.py",
    "test_console.py",
    "test_dashboard.py",
    "test_client.py",
    "test_sessions.py",
    "test_query_console.py",
    "test_topology.py",
)
"""Begun first, in this order, and then whatever else starts servers: a worker that still has a long one at the end
keeps the others waiting."""

SETUPS = ("serve", "serve+redis", "serve+redis+postgres", "daphne+redis")
"""In memory everything is one process; Daphne has no lifespan and so no detector inside: it has Redis beside it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first."""
    items.sort(key=lambda item: _rank(item.path))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there to stay: it is a million objects by now."""
    gc.collect()
    gc.freeze()


def _rank(path: Path) -> int:
    slow = path.parent.name in ("integration", "browser")
    return LONGEST.index(path.name) if path.name in LONGEST else len(LONGEST) + (not slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests of one file to one worker, and all on one of ``SETUPS``: what they share is started once."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            return next((name for name in SETUPS if f"[{name}]" in test or f"[{name}-" in test), file)

    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False  # they come in a good order
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Show what the processes of a failed test said."""
    report: Any = yield
    if report.failed:
        for process in STARTED:
            report.sections.append((f"Output of {process.name}", process.output[-20_000:]))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Leave the names of what failed where whoever started this wants them."""
    if path := os.environ.get("PRESENCE_TESTS_FAILED"):
        reports = [report for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, ())]
        Path(path).write_text("\n".join(dict.fromkeys(report.nodeid for report in reports)))


@pytest.fixture(autouse=True)
def _forget_processes() -> Iterator[None]:
    """Those of a test are gone after it; those of a file are shown with each of its tests that fails."""
    yield
    STARTED[:] = [process for process in STARTED if process.running]


def on_sqlite() -> bool:
    """Tell which database the tests of this process have."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """SQLite's is a copy that has its tables already (below)."""
    return on_sqlite() or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Keep the SQLite test database in a file: in memory, threads share a cache that knows no waiting for a lock."""
    if on_sqlite():
        own = tmp_path_factory.mktemp("database") / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_files") / "migrated.sqlite3", own)
        settings.DATABASES["default"]["TEST"]["NAME"] = str(own)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database of this process, to which tests that commit return it."""
    with django_db_blocker.unblock():
        files: Path | None = request.getfixturevalue("sqlite_files") if on_sqlite() else None
        restore_instead_of_flush(files and files / "migrated.sqlite3")


@pytest.fixture(autouse=True)
def _fresh_rates() -> None:
    """Count sign-ins from none."""
    rates.cache_clear()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis that nobody else uses."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def sqlite_files(shared: Path) -> Path:
    """A folder with ``migrated.sqlite3``, tables without people, and ``presence.sqlite3``, the same with them."""

    def make(folder: Path) -> None:
        environ = {"PRESENCE_DATA_DIR": str(folder)}
        migrate(environ)
        shutil.copy(folder / "presence.sqlite3", folder / "migrated.sqlite3")
        populate(environ)

    return made_once(shared / "sqlite", make)


@pytest.fixture(scope="session")
def prepared_sqlite(sqlite_files: Path) -> Path:
    """A migrated SQLite file with the people of ``population.py`` in it."""
    return sqlite_files / "presence.sqlite3"


@pytest.fixture(scope="session")
def postgres_cluster(shared: Path) -> Path:
    """A PostgreSQL cluster, not running, with the same two as databases: ``migrated`` and ``prepared``."""

    def make(folder: Path) -> None:
        server = PostgresServer()
        server.start()
        for name, source in (("migrated", "template1"), ("prepared", "migrated")):
            url = server.url(server.create_database(source, name))
            migrate({"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": url})  # makes a role for each, too
        populate({"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": url})
        server.keep(folder / "cluster")

    return made_once(shared / "postgres", make) / "cluster"


@pytest.fixture(scope="session")
def postgres_server(postgres_cluster: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL of this worker."""
    server = PostgresServer(postgres_cluster)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def prepared_postgres() -> str:
    """The name of the database of ``postgres_server`` to copy: migrated, with the people in it."""
    return "prepared"


class MakeServer(Protocol):
    """Makes a server with a prepared database, not yet started."""

    def __call__(self, kind: Kind = "serve", /, **environ: str) -> PresenceServer: ...


@contextmanager
def servers(folder: Path, prepared: Path) -> Iterator[MakeServer]:
    """Servers that are gone at the end of the block."""
    made: list[PresenceServer] = []

    def make(kind: Kind = "serve", /, **environ: str) -> PresenceServer:
        own = folder / f"server{len(made)}"
        own.mkdir()
        server = PresenceServer(own, kind, environ)
        server.prepare(None if "DATABASE_URL" in environ else prepared)
        made.append(server)
        return server

    try:
        yield make
    finally:
        for server in made:
            server.end()


@pytest.fixture
def make_server(tmp_path: Path, prepared_sqlite: Path) -> Iterator[MakeServer]:
    """Servers of one test."""
    with servers(tmp_path, prepared_sqlite) as make:
        yield make


@pytest.fixture
def presence_server(make_server: MakeServer) -> PresenceServer:
    """``manage.py serve`` with everything in one process, running."""
    server = make_server()
    server.start()
    return server
