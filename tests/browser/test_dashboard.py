"""The dashboard as a person uses it, in a real Chromium against a real server."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, sign_in
from tests.browser.past import past_write
from tests.conftest import MakeServer, servers
from tests.support.population import PASSWORD
from tests.support.presence_server import PresenceServer
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """A server that has watched its host for a while; the values are a random walk, the same on every run."""
    with servers(tmp_path_factory.mktemp("watched"), prepared_sqlite) as make:
        server = make(PRESENCE_HOST_NAME="db-1", PRESENCE_ALERT_GRACE="0")
        past_write(server.database, host="db-1", seconds=320)
        server.start()
        yield server


def samples(page: Page, chart: str = "chart-cpuUsage") -> int:
    """Return how many samples a chart shows."""
    return int(page.get_by_test_id(chart).get_attribute("data-samples") or 0)


LOOKS = [(theme, language) for theme in ("light", "dark") for language in ("en-GB", "zh-CN")]


@pytest.mark.parametrize(("width", "height"), [(360, 780), (1440, 900), (3840, 2160)])
def test_nothing_overflows(open_page: OpenPage, watched: PresenceServer, width: int, height: int) -> None:
    for theme, language in LOOKS:
        page = open_page(watched, width=width, height=height, language=language, theme=theme)
        expect(page.get_by_test_id("card-cpuUsage-value")).not_to_be_empty()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (theme, language)
        assert page.evaluate("document.documentElement.lang").startswith(language[:2])
        eventually(lambda page=page: samples(page) > 280)  # type: ignore[misc]
        expect(page.get_by_test_id("process-table").locator("tbody tr").first).to_be_visible()
        page.close()


def test_a_person_signs_in_and_watches_a_value_change(open_page: OpenPage, presence_server: PresenceServer) -> None:
    page = open_page(presence_server, signed_in=False)
    sign_in(page)
    value = page.get_by_test_id("card-uptime-value")
    connections = page.get_by_test_id("card-activeConnections-value")
    expect(value).not_to_be_empty()
    expect(connections).not_to_be_empty()
    before = samples(page)
    page.wait_for_function(
        "before => Number(document.querySelector('[data-testid=chart-cpuUsage]').dataset.samples) >= before + 3",
        arg=before,
    )


def test_a_wrong_password_is_told_and_the_name_is_kept(open_page: OpenPage, watched: PresenceServer) -> None:
    page = open_page(watched, signed_in=False)
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", "wrong")
    with page.expect_response("**/api/v1/auth/session") as answer:
        page.click("button[type=submit]")
    assert answer.value.status == 400
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("input[name=username]")).to_have_value("ada")


def test_the_page_recovers_from_a_restart_without_a_reload_or_a_hole(
    open_page: OpenPage, presence_server: PresenceServer
) -> None:
    page = open_page(presence_server)
    page.evaluate("window.notReloaded = true")
    pill = page.get_by_test_id("connection-pill")
    eventually(lambda: samples(page) > 3)
    assert presence_server.web.stop(signal.SIGTERM) == 0
    expect(pill).not_to_have_attribute("data-state", "connected")
    presence_server.start()
    expect(pill).to_have_attribute("data-state", "connected")
    before = samples(page)
    eventually(lambda: samples(page) >= before + 3)
    assert page.evaluate("window.notReloaded") is True
    stored = presence_server.api().get("/api/v1/history", type="status", points=720)["timestamps"]
    eventually(lambda: samples(page) >= len([at for at in stored if at > stored[-1] - 295_000]))


def test_a_killed_server_leaves_no_hole_that_history_can_fill(
    open_page: OpenPage, presence_server: PresenceServer
) -> None:
    page = open_page(presence_server)
    eventually(lambda: samples(page) > 2)
    page.context.set_offline(True)
    api = presence_server.api()
    first = len(api.get("/api/v1/history", type="status")["timestamps"])
    eventually(lambda: len(api.get("/api/v1/history", type="status")["timestamps"]) >= first + 3)
    page.context.set_offline(False)
    stored = len(api.get("/api/v1/history", type="status")["timestamps"])
    eventually(lambda: samples(page) >= stored)
    assert float(page.get_by_test_id("chart-cpuUsage").get_attribute("data-largest-gap") or 99) < 5


def test_an_alert_appears_and_goes_away(open_page: OpenPage, watched: PresenceServer) -> None:
    page = open_page(watched)
    alerts = page.get_by_test_id("alert-list")
    expect(alerts).to_be_visible()
    rule = threshold_form(watched, page)
    rule.fill("input[name=warning_raise]", "0.001")
    rule.fill("input[name=warning_clear]", "0.001")
    rule.fill("input[name=for_seconds]", "0")
    rule.click("input[name=_save]")
    expect(rule.locator(".messagelist .success")).to_be_visible()
    expect(alerts.get_by_role("listitem").filter(has_text="Disk")).to_be_visible()  # a busy machine may have others
    rule = threshold_form(watched, page)
    rule.fill("input[name=warning_raise]", "99")
    rule.fill("input[name=warning_clear]", "99")
    rule.fill("input[name=critical_raise]", "99.5")
    rule.fill("input[name=critical_clear]", "99.5")
    rule.click("input[name=_save]")
    expect(page.get_by_test_id("card-diskUsage")).to_contain_text("OK")


def threshold_form(server: PresenceServer, page: Page) -> Page:
    """Open the admin's form of the disk rule in another tab."""
    rules = server.api().get("/api/v1/rules")["results"]
    disk = next(rule["id"] for rule in rules if rule["component"] == "disk")
    form = page.context.new_page()
    form.goto(f"{server.address}/admin/metrics/rule/{disk}/change/")
    return form


def test_signing_out_leads_back_to_the_sign_in_page(open_page: OpenPage, watched: PresenceServer) -> None:
    page = open_page(watched, name="guest")
    page.wait_for_load_state("networkidle")  # what is asked for meanwhile would be refused, and Chromium says so
    page.evaluate(
        """async () => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
            await fetch('/api/v1/auth/session', {method: 'DELETE', headers: {'X-CSRFToken': token}});
        }"""
    )
    expect(page.locator("input[name=password]")).to_be_visible()


def test_the_first_administrator_is_created_through_the_one_time_link(
    open_page: OpenPage, make_server: MakeServer, sqlite_files: Path
) -> None:
    server = make_server()
    shutil.copy(sqlite_files / "migrated.sqlite3", server.database)
    server.start()
    link = next(word for word in server.web.output.split() if "/setup#" in word)
    page = open_page(server, signed_in=False)
    page.goto(link)
    page.fill("input[name=username]", "grace")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_test_id("connection-pill")).to_have_attribute("data-state", "connected")
    assert "#" not in page.url
