"""``manage.py serve`` at its start: what it prints, and one sentence for each thing that can be wrong."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.http_client import Api
from tests.support.population import NAME, PASSWORD
from tests.support.presence_server import MANAGE, PresenceServer
from tests.support.processes import free_port, run
from tests.support.waiting import eventually

SERVE = [*MANAGE, "serve"]
LINK = re.compile(r"/setup#(\S+)")


@pytest.fixture
def first(tmp_path: Path) -> Iterator[PresenceServer]:
    """An installation that was never started: an empty data folder."""
    server = PresenceServer(tmp_path)
    server.web.command.append("--migrate")
    yield server
    server.end()


@pytest.fixture
def unpeopled(first: PresenceServer, sqlite_files: Path) -> PresenceServer:
    """An installation with its tables, that nobody has set up."""
    shutil.copy(sqlite_files / "migrated.sqlite3", first.database)
    return first


def refused(server: PresenceServer, *arguments: str, **environ: str) -> str:
    """Start, expect a refusal, and return what it said."""
    done = run([*SERVE, *arguments], environ={**server.environ, **environ})
    assert done.returncode != 0 and done.stdout == "" and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_a_taken_port_is_told_at_once_with_another_one(make_server: MakeServer) -> None:
    server = make_server()
    with socket.create_server(("127.0.0.1", server.port)):
        said = refused(server)
    other = f"PORT={server.port + 1} make run"
    assert said == f"CommandError: Port {server.port} is taken. Stop what listens there, or choose another: {other}"


@pytest.mark.parametrize(
    ("environ", "start"),
    [
        ({"PORT": "http"}, "presence: PORT must be a whole number."),
        ({"PORT": "70000"}, "presence: PORT must be between 0 and 65535, not 70000."),
        ({"HOST": "203.0.113.1"}, "CommandError: Can't listen on 203.0.113.1:"),
        ({"HOST": "no such host"}, "CommandError: Can't listen on no such host:"),
        ({"WS_MAX_CONNECTIONS": "none"}, "presence: WS_MAX_CONNECTIONS must be a whole number."),
        ({"PRESENCE_DISK_PATH": "/nowhere"}, "presence: PRESENCE_DISK_PATH is '/nowhere', where there is nothing."),
        ({"PRESENCE_PUBLIC": "maybe"}, "presence: PRESENCE_PUBLIC must be yes or no."),
        ({"PRESENCE_ADMIN_USERNAME": "ada"}, "CommandError: Set both PRESENCE_ADMIN_USERNAME and"),
        ({"PRESENCE_ADMIN_PASSWORD": "secret"}, "CommandError: Set both PRESENCE_ADMIN_USERNAME and"),
    ],
)
def test_a_wrong_setting_gets_one_sentence(unpeopled: PresenceServer, environ: dict[str, str], start: str) -> None:
    assert refused(unpeopled, **environ).startswith(start)


def test_a_port_out_of_range_on_the_command_line_gets_one_sentence(make_server: MakeServer) -> None:
    assert refused(make_server(), "--port", "70000") == "CommandError: --port must be between 0 and 65535."


def test_a_data_folder_that_cannot_be_written_gets_one_sentence(first: PresenceServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refused(first, PRESENCE_DATA_DIR=str(tmp_path / "file" / "data"))
    assert said.startswith(f"presence: The data folder {tmp_path / 'file' / 'data'} can't be used (Not a directory).")


def test_a_database_that_is_none_gets_one_sentence(first: PresenceServer) -> None:
    first.database.write_text("this is not a database, however long one looks at it" * 100)
    assert refused(first, "--migrate").startswith("CommandError: The database can't be used: ")


def test_a_database_that_is_not_there_gets_one_sentence(first: PresenceServer) -> None:
    url = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    done = run([*SERVE, "--migrate"], environ={**first.environ, "DATABASE_URL": url})
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert done.stderr.startswith("CommandError: The database can't be used: ")


def test_a_database_that_was_not_migrated_gets_one_sentence(first: PresenceServer) -> None:
    assert refused(first).startswith("CommandError: The database can't be used: ")


def test_the_first_start_prints_a_link_that_works_once(first: PresenceServer) -> None:
    first.start()
    assert f"Presence is at {first.address}\n" in first.web.output and "(works once, for 24 hours)" in first.web.output
    found = LINK.search(first.web.output)
    assert found is not None
    form = {"token": found[1], "username": NAME, "password": PASSWORD}
    with Api(first.address) as api, Api(first.address) as other:
        assert api.get("/api/v1/auth/session") == {"user": None, "setup": True}
        assert api.post("/api/v1/auth/setup", form).status_code == 201
        assert api.get("/api/v1/auth/session")["user"]["username"] == NAME
        assert other.post("/api/v1/auth/setup", {**form, "username": "eve"}).status_code == 409


def test_a_second_start_prints_no_link_and_keeps_sessions(unpeopled: PresenceServer) -> None:
    unpeopled.start()
    found = LINK.search(unpeopled.web.output)
    assert found is not None
    with Api(unpeopled.address) as api:
        api.post("/api/v1/auth/setup", {"token": found[1], "username": NAME, "password": PASSWORD})
        assert unpeopled.web.stop() == 0
        unpeopled.start()
        assert api.get("/api/v1/auth/session")["user"]["username"] == NAME
    assert len(LINK.findall(unpeopled.web.output)) == 1


def test_every_start_prints_a_link_while_nobody_exists(unpeopled: PresenceServer) -> None:
    for _ in range(2):
        unpeopled.start()
        assert unpeopled.web.stop() == 0
    assert len(LINK.findall(unpeopled.web.output)) == 2


def test_the_environment_can_create_the_administrator(unpeopled: PresenceServer) -> None:
    unpeopled.web.environ.update(PRESENCE_ADMIN_USERNAME=NAME, PRESENCE_ADMIN_PASSWORD=PASSWORD)
    for _ in range(2):
        unpeopled.start()
        with Api(unpeopled.address) as api:
            api.sign_in()
        assert unpeopled.web.stop() == 0
    assert unpeopled.web.output.count(f"Created the administrator {NAME}.") == 1
    assert not LINK.search(unpeopled.web.output)


def test_a_fresh_installation_watches_itself_by_sensible_rules(first: PresenceServer) -> None:
    first.web.environ.update(PRESENCE_ADMIN_USERNAME=NAME, PRESENCE_ADMIN_PASSWORD=PASSWORD)
    first.start()
    with first.api() as api:
        rules = {rule["component"]: rule for rule in api.rules()}
        assert api.get("/system/health")["status"] == "ok"
    assert {"cpu", "memory", "disk"} <= set(rules)
    assert rules["cpu"]["warning_raise"] == 70 and rules["cpu"]["enabled"]


def test_the_data_folder_is_for_its_owner_alone(first: PresenceServer) -> None:
    first.data.rmdir()
    first.start()
    assert first.data.stat().st_mode & 0o777 == 0o700
    assert (first.data / "secret_key").stat().st_mode & 0o777 == 0o600


def test_any_free_port_can_be_asked_for(make_server: MakeServer) -> None:
    server = make_server(PORT="0")
    server.web.start()
    found = eventually(lambda: re.search(r"Presence is at (\S+)", server.web.output))
    assert found is not None
    server.address = found[1]
    server.wait_until_live()


def test_with_redis_it_says_that_a_detector_is_needed(make_server: MakeServer) -> None:
    server = make_server(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    server.web.start()
    server.wait_until_live()
    assert "No detector in this process: run `manage.py run_detector` beside it.\n" in server.web.output
    assert server.web.stop() == 0


def test_liveness_does_not_need_the_database_and_health_says_so(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    with Api(server.address) as api:
        api.sign_in()
        assert api.get("/system/health")["components"] == {"database": "ok"}
        for path in server.data.glob("presence.sqlite3*"):
            path.unlink()
        server.database.mkdir()
        assert api.get("/livez") == {"status": "ok"}
        answer = api.http.get("/system/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "degraded"})
