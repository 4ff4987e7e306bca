"""The composition: what the requirement's section 9 asks for, and that everything it names exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from presence_site.env import BY_NAME, Reader
from realtime.management.commands.serve import SPARE_FILES
from tests.support.compose import filled_in, services
from tests.support.environment import ROOT
from tests.support.nginx import CONFIGURATION, Nginx
from tests.support.processes import free_port

SERVICES = services()
WEB = ("web1", "web2")
OURS = [name for name, service in SERVICES.items() if service.get("image") == "presence"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def test_it_has_every_part_of_the_topology() -> None:
    assert {"nginx", *WEB, "redis", "postgres", "detector", "migrate"} == set(SERVICES)
    assert set(OURS) == {*WEB, "detector", "migrate"}


@pytest.mark.parametrize("name", WEB)
def test_a_web_process_has_the_limits_that_are_asked_for(name: str) -> None:
    resources = SERVICES[name]["deploy"]["resources"]
    assert resources == {"limits": {"memory": "4G"}, "reservations": {"memory": "1G"}}
    environment = SERVICES[name]["environment"]
    assert environment["WS_HEARTBEAT_INTERVAL"] == 30_000 and environment["WS_MAX_CONNECTIONS"] == 10_000


@pytest.mark.parametrize("name", WEB)
def test_a_web_process_is_asked_for_its_health(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    times = {key: check[key] for key in ("interval", "timeout", "retries", "start_period")}
    assert times == {"interval": "30s", "timeout": "10s", "retries": 3, "start_period": "40s"}
    assert "http://localhost:8000/system/health" in check["test"][-1]


@pytest.mark.parametrize("name", WEB)
def test_a_web_process_may_open_as_many_files_as_it_serves_sockets(name: str) -> None:
    wanted = SERVICES[name]["environment"]["WS_MAX_CONNECTIONS"] + SPARE_FILES
    assert SERVICES[name]["ulimits"]["nofile"] >= wanted


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_with_a_good_value(name: str) -> None:
    environment = {key: filled_in(value) for key, value in SERVICES[name]["environment"].items()}
    assert set(environment) <= set(BY_NAME)
    for key in environment:
        Reader(environment)(key)


def test_every_variable_of_the_image_is_a_setting_or_pythons_own() -> None:
    names = re.findall(r"(\w+)=", next(line for line in DOCKERFILE.splitlines() if line.startswith("ENV ")))
    assert "PRESENCE_DATA_DIR" in names
    assert {name for name in names if not name.startswith("PYTHON")} <= set(BY_NAME)


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists_and_takes_its_options(name: str) -> None:
    image = re.search(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert image is not None
    command = SERVICES[name].get("command") or re.findall(r'"([^"]+)"', image[1])
    assert command[:2] == ["python", "manage.py"] and (ROOT / "manage.py").is_file()
    app = get_commands()[command[2]]
    parser = load_command_class(str(app), command[2]).create_parser("manage.py", command[2])
    parser.parse_args([filled_in(argument) for argument in command[3:]])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_file_that_a_service_names_exists(name: str) -> None:
    service: dict[str, Any] = SERVICES[name]
    build = service.get("build")
    paths = [] if build is None else [Path(build["context"]) / build["dockerfile"]]
    paths += [Path(v.partition(":")[0]) for v in service.get("volumes", []) if v.startswith(".")]
    assert all((ROOT / path).is_file() for path in paths)
    assert service.get("image") or build


def test_every_file_that_the_image_copies_exists() -> None:
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    assert copied and all((ROOT / name).exists() for names in copied for name in names)


def test_nothing_that_the_image_needs_is_left_out_of_its_context() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".dockerignore").read_text().split() if not line.startswith("#")}
    needed = {"pyproject.toml", "requirements.lock", "manage.py", "deploy", "dashboard", "dashboard/frontend"}
    assert not ignored & {*needed, "accounts", "metrics", "presence_site", "realtime"}
    assert {".git", ".venv", "data"} <= ignored


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_only_for_what_can_come(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert how["condition"] == "service_completed_successfully" and other == "migrate"


def test_nothing_is_reachable_from_outside_but_nginx() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}


def test_no_password_stands_in_the_file() -> None:
    secrets = [SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]]
    secrets += [SERVICES[name]["environment"]["PRESENCE_SECRET_KEY"] for name in OURS]
    assert all(re.fullmatch(r"\$\{\w+:\?.*\}", secret) for secret in secrets)


def test_nginx_knows_both_web_processes_on_the_port_that_they_listen_on() -> None:
    port = re.search(r"\bPORT=(\d+)", DOCKERFILE)
    assert port is not None
    upstreams = re.findall(r"^\s*server (\w+):(\d+)", CONFIGURATION.read_text(), re.MULTILINE)
    assert upstreams == [(name, port[1]) for name in WEB]


def test_nginx_lets_sockets_live_for_days_and_upgrades_them() -> None:
    text = CONFIGURATION.read_text()
    for line in ("proxy_read_timeout 7d;", "proxy_send_timeout 7d;", "proxy_http_version 1.1;", "keepalive 32;"):
        assert line in text
    assert "proxy_set_header Upgrade $http_upgrade;" in text


def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    assert Nginx({"web1": free_port(), "web2": free_port()}, tmp_path / "nginx").check() == ""
