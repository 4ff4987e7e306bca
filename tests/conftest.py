"""Fixtures for every test. Settings are chosen here, before Django reads them."""

from __future__ import annotations

import os

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

from accounts.rates import rates  # noqa: E402
from tests.support.postgres_server import PostgresServer  # noqa: E402
from tests.support.presence_server import Kind, PresenceServer, prepare_database  # noqa: E402
from tests.support.processes import STARTED  # noqa: E402
from tests.support.redis_server import RedisServer  # noqa: E402

hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("explore", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
"""The same examples each time, so that a red run says something about the change; `explore` looks for new ones."""

LONGEST = ("test_stress.py", "test_databases.py")
"""Begun first: whichever worker has them at the end keeps the others waiting."""

SETUPS = ("serve", "serve+redis", "serve+redis+postgres", "daphne+redis")
"""In memory everything is one process; Daphne has no lifespan and so no detector inside: it has Redis beside it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests of one running installation to one worker, so that it is started once."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class BySetup(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            running = [name for name in SETUPS if f"[{name}]" in test or f"[{name}-" in test]
            return f"{file}::{running[0]}" if running else nodeid

    return BySetup(config, log) if config.getvalue("dist") == "load" else None


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
    """Processes of a session are shown with the test that started them; those of a test are gone after it."""
    yield
    STARTED.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep the SQLite test database in a file: in memory, threads share a cache that knows no waiting for a lock."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> Iterator[None]:
    """Hash passwords quickly, and count sign-ins from none."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    rates.cache_clear()
    yield


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis that nobody else uses."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL of this worker."""
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the administrator in it."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare_database({"PRESENCE_DATA_DIR": str(folder)})
    return folder / "presence.sqlite3"


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database with the administrator in it."""
    name = postgres_server.create_database()
    folder = tmp_path_factory.mktemp("prepared-postgres")
    prepare_database({"PRESENCE_DATA_DIR": str(folder), "DATABASE_URL": postgres_server.url(name)})
    return name


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
        if "DATABASE_URL" not in environ:
            server.use_database(prepared)
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


@pytest.fixture(scope="module", params=SETUPS)
def setup(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path
) -> Iterator[PresenceServer]:
    """One running installation for all tests of a module, in each way that Presence is run."""
    kind, *beside = request.param.split("+")
    folder = tmp_path_factory.mktemp("setup")
    environ = {"PRESENCE_ALLOWED_ORIGINS": "https://wall.example"}
    if "postgres" in beside:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        prepared: str = request.getfixturevalue("prepared_postgres")
        environ["DATABASE_URL"] = server.url(server.create_database(prepared))
    redis = RedisServer(folder)
    if "redis" in beside:
        redis.start()
        environ["REDIS_URL"] = redis.url
    with servers(folder, prepared_sqlite) as make:
        running = make(kind, **environ)
        running.start()
        yield running
    redis.kill()


@pytest.fixture
def presence_server(make_server: MakeServer) -> PresenceServer:
    """``manage.py serve`` with everything in one process, running."""
    server = make_server()
    server.start()
    return server
