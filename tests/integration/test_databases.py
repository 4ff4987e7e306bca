"""The same tests on the other database."""

from __future__ import annotations

from tests.support.environment import PYTHON, clean
from tests.support.postgres_server import PostgresServer
from tests.support.processes import run


def test_everything_that_stores_works_on_postgresql(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database()
    postgres_server.create_database("migrated", f"test_{name}")  # where Django looks for one that can be used again
    environ = clean({"DATABASE_URL": postgres_server.url(name)})
    environ = {name: value for name, value in environ.items() if not name.startswith("PYTEST")}
    tests = ["tests/collab", "tests/metrics", "tests/accounts", "tests/presence_site/test_http.py"]
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:xdist", "--reuse-db", "-m", "django_db", *tests]
    done = run(command, environ=environ, seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
