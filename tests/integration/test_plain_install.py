"""What ``make run`` installs is enough: no package of the tests, and no PostgreSQL driver, is needed to serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.http_client import Api
from tests.support.plain_install import blocked_modules, write_blocker
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import run


@pytest.fixture
def plain(make_server: MakeServer, tmp_path: Path) -> PresenceServer:
    """An installation without the packages of the tests."""
    folder = tmp_path / "plain"
    folder.mkdir()
    return make_server(**write_blocker(folder))


def test_the_packages_of_the_tests_are_known() -> None:
    assert {"psycopg", "hypothesis", "playwright"} <= blocked_modules()
    assert not {"django", "channels", "uvicorn", "websockets", "msgspec"} & blocked_modules()


def test_presence_serves_its_page_and_its_readings_without_them(plain: PresenceServer) -> None:
    plain.start()
    with Api(plain.address) as api:
        assert '<div id="root">' in api.http.get("/").text
    assert plain.api().http.get("/api/v1/hosts").status_code == 200


def test_every_command_explains_itself_without_them(plain: PresenceServer) -> None:
    for command in ("serve", "run_detector", "check"):
        done = run([*MANAGE, command, "--help"], environ=plain.environ)
        assert done.returncode == 0, done.stderr
    assert "No module" not in done.stderr
