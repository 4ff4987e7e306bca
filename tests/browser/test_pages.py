"""Overview, history and alerts as a person uses them, in a real Chromium against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage, wait_until_live
from tests.browser.past import alerts_write, past_write
from tests.conftest import servers
from tests.support.presence_server import PresenceServer
from tests.support.waiting import eventually

PAGES = (
    "/",
    "/hosts/db-1",
    "/explore",
    "/alerts",
    "/alerts?view=history",
    "/alerts?view=silences",
    "/alerts?view=rules",
)
ALERTS = 1_500


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """One server for all tests here, which has watched three hosts for a while and raised alerts."""
    with servers(tmp_path_factory.mktemp("fleet"), prepared_sqlite) as make:
        server = make(PRESENCE_HOST_NAME="db-1", PRESENCE_ALERT_GRACE="3600")
        for host in ("db-1", "web-1", "web-2"):
            past_write(server.database, host=host, seconds=320)
        alerts_write(server.database, host="db-1", count=ALERTS, firing=3)
        server.start()
        yield server


def query(page: Page) -> dict[str, str]:
    """Return the query in the address bar; asked for, as Playwright hears late of what the page changes itself."""
    address: str = page.evaluate("location.href")
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def go(page: Page, server: PresenceServer, path: str) -> None:
    """Open an address, and wait until the page is there and connected."""
    page.goto(server.address + path)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is there and connected."""
    wait_until_live(page)
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


def test_the_overview_shows_every_host_and_leads_to_one(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    cards = page.get_by_test_id("host-card")
    expect(cards).to_have_count(3)
    # The two others send nothing any more: they stand before the one that is well, or beside it with its open alerts.
    offline = page.locator("[data-testid=host-card][data-state=offline]")
    expect(offline).to_have_count(2)
    expect(page.locator("[data-host=db-1] [data-live=cpu]")).to_contain_text("%")
    page.get_by_role("button", name="offline").click()
    expect(cards).to_have_count(2)
    page.go_back()
    expect(cards).to_have_count(3)
    page.locator("[data-host=db-1]").click()
    expect(page.get_by_test_id("card-cpuUsage-value")).to_contain_text(".")
    assert page.evaluate("location.pathname") == "/hosts/db-1"
    page.get_by_test_id("cores-toggle").click()
    expect(page.get_by_test_id("cores").get_by_role("listitem").first).to_contain_text("%")


def test_the_wall_is_filled_and_left_with_escape(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/?wall=1", width=1920, height=1080)
    settle(page)
    grid = page.get_by_test_id("fleet")
    expect(grid).to_be_visible()
    expect(page.get_by_role("banner")).to_be_hidden()
    box = grid.bounding_box()
    assert box and box["height"] > 1000 and page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.keyboard.press("Escape")
    expect(page.get_by_role("banner")).to_be_visible()
    assert "wall" not in query(page)


def test_a_stretch_is_dragged_over_and_every_chart_follows(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/explore?host=db-1&range=5m")
    settle(page)
    chart = page.get_by_test_id("history-cpuUsage")
    eventually(lambda: int(chart.get_attribute("data-buckets") or 0) > 100)
    area = chart.locator(".u-over").bounding_box()
    assert area
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.6, middle, steps=4)
    expect(chart.locator(".u-select")).to_be_visible()
    page.mouse.up()
    eventually(lambda: "from" in query(page))
    span = int(query(page)["to"]) - int(query(page)["from"])
    assert 90_000 < span < 120_000, "about a third of five minutes"
    # The crosshair runs through all of them.
    page.mouse.move(area["x"] + area["width"] / 2, middle)
    expect(page.get_by_test_id("history-network").locator(".tooltip")).to_be_visible()
    before = query(page)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Shift")
    eventually(lambda: query(page) != before)
    assert int(query(page)["to"]) - int(query(page)["from"]) == pytest.approx(span, abs=2)
    page.go_back()
    assert query(page)["range"] == "5m"


def test_keys_move_and_zoom_the_history(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/explore?host=db-1&range=5m&compare=1")
    settle(page)
    chart = page.get_by_test_id("history-cpuUsage")
    eventually(lambda: int(chart.get_attribute("data-buckets") or 0) > 100)
    chart.locator(".chart-canvas").focus()
    page.keyboard.press("ArrowLeft")
    tooltip = chart.locator(".tooltip")
    expect(tooltip).to_contain_text("%")
    expect(tooltip).to_contain_text("Before")
    page.keyboard.press("+")
    eventually(lambda: "from" in query(page))
    assert int(query(page)["to"]) - int(query(page)["from"]) == pytest.approx(150_000, abs=2)


def test_what_is_shown_can_be_taken_along(open_page: OpenPage, fleet: PresenceServer, tmp_path: Path) -> None:
    page = open_page(fleet, "/explore?host=db-1&range=5m")
    settle(page)
    eventually(lambda: int(page.get_by_test_id("history-cpuUsage").get_attribute("data-buckets") or 0) > 100)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_test_id("export-png").click()
    started.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"
    with page.expect_download() as started:
        page.get_by_test_id("export-csv").click()
    started.value.save_as(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert len(lines) > 100 and "cpu" in lines[0].lower()


def test_a_long_history_of_alerts_is_scrolled_through(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/alerts?view=history")
    settle(page)
    rows = page.get_by_test_id("alert-rows")
    expect(rows).to_have_attribute("data-rows", "200")
    assert rows.get_by_role("listitem").count() < 60, "only what is on the screen is in the page"
    for _ in range(30):
        before = rows.get_attribute("data-rows")  # ahead of the scroll: what it brings may be there at once
        if int(before or 0) >= ALERTS:
            break
        rows.evaluate("list => list.scrollTo(0, list.scrollHeight)")
        eventually(lambda before=before: rows.get_attribute("data-rows") != before)  # type: ignore[misc]
    rows.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(rows).to_have_attribute("data-rows", str(ALERTS))
    page.get_by_label("Level").select_option("critical")
    eventually(lambda: rows.count() == 1 and 0 < int(rows.get_attribute("data-rows") or 0) <= 200)
    assert query(page)["level"] == "critical"


def test_an_alert_is_acknowledged_silenced_and_explored(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    expect(page.get_by_test_id("bell-count")).to_have_text("3")
    page.get_by_test_id("nav-alerts").click()
    first = page.locator(".alert-line").first
    first.locator(".alert-line-text").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Comment").fill("on it")
    dialog.get_by_test_id("acknowledge").click()
    expect(dialog).to_contain_text("Acknowledged by ada")
    assert_accessible(page, "an alert")
    page.keyboard.press("Escape")
    expect(first).to_contain_text("ada")
    first.get_by_role("button", name="Silence").click()
    page.get_by_test_id("silence-form").get_by_role("button", name="Silence").click()
    expect(first).to_contain_text("silenced")
    page.get_by_test_id("view-silences").click()
    expect(page.get_by_test_id("silences").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_test_id("silences")).to_be_hidden()
    page.get_by_test_id("view-open").click()
    first.get_by_role("link", name="Explore around it").click()
    expect(page.get_by_test_id("history-cpuUsage")).to_be_visible()
    assert query(page)["host"] == "db-1"


def test_an_administrator_edits_a_threshold_and_tries_it(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/alerts?view=rules")
    settle(page)
    page.get_by_test_id("edit-swap").click()
    form = page.get_by_test_id("rule-form")
    form.get_by_label("Warning from").fill("61")
    form.get_by_label("Warning ends at").fill("59")
    assert_accessible(page, "a rule")
    form.get_by_test_id("save-rule").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("rules")).to_contain_text("61%")
    page.get_by_test_id("edit-cpu").click()
    page.get_by_role("button", name="Try it on the last 1h").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("readings")


COUNT_TONES = "tones = 0; AudioContext = class extends AudioContext { constructor() { super(); tones++ } }; 0"


def test_an_alert_calls_out_once_over_several_tabs(open_page: OpenPage, presence_server: PresenceServer) -> None:
    page = open_page(presence_server)
    page.get_by_role("button", name="Alerts, none open").click()
    page.get_by_test_id("sound").check()
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(presence_server.address + "/alerts")
        wait_until_live(tab)
        tab.evaluate(COUNT_TONES)
    disk_alert_raise(presence_server)
    for tab in (page, second):
        expect(tab.get_by_test_id("bell-count")).to_have_text("1")
    eventually(lambda: page.evaluate("tones") + second.evaluate("tones") > 0)
    assert page.evaluate("tones") + second.evaluate("tones") == 1


def disk_alert_raise(server: PresenceServer) -> None:
    """Lower the threshold of the disk rule to what every disk holds."""
    with server.api() as api:
        disk = next(rule for rule in api.get("/api/v1/rules")["results"] if rule["component"] == "disk")
        change = {"warning_raise": 0.001, "warning_clear": 0.001, "for_seconds": 0, "window_seconds": 0}
        answer = api.http.patch(f"/api/v1/rules/{disk['id']}", json=change)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("theme", "language"), [("light", "en-GB"), ("dark", "zh-CN")])
def test_no_page_shuts_anybody_out(open_page: OpenPage, fleet: PresenceServer, theme: str, language: str) -> None:
    page = open_page(fleet, theme=theme, language=language)
    for path in PAGES:
        go(page, fleet, path)
        assert_accessible(page, path)


def test_pages_fit_a_phone_and_are_reached_with_the_thumb(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, width=360, height=780)
    for path in PAGES:
        go(page, fleet, path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    for name in ("overview", "explore", "alerts"):
        page.get_by_test_id(f"nav-{name}").click()
        expect(page.locator("main")).to_have_attribute("data-page", name)
    bar = page.get_by_role("navigation").bounding_box()
    assert bar and bar["y"] + bar["height"] == pytest.approx(780, abs=1)


def test_theme_and_language_change_in_place(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, "/alerts?view=rules")
    settle(page)
    page.get_by_test_id("switch-language").click()
    expect(page.get_by_test_id("view-rules")).to_have_text("阈值")
    page.get_by_test_id("switch-theme").click()
    page.get_by_test_id("switch-theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
