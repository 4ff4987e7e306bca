"""Overview, history and alerts as a person uses them, in a real Chromium against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
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
    "/hosts/Presence",
    "/hosts/nobody",
    "/explore",
    "/alerts",
    "/alerts?view=history",
    "/alerts?view=silences",
    "/alerts?view=maintenance",
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
        api = server.api()
        eventually(lambda: any(host["name"] == "Presence" for host in api.get("/api/v1/hosts")["results"]))
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


def test_the_installation_is_a_host_with_alerts_and_no_card(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    expect(page.get_by_test_id("host-card")).to_have_count(3)
    go(page, fleet, "/hosts/Presence")
    expect(page.get_by_test_id("chart-requestRate")).to_be_visible()
    expect(page.get_by_test_id("card-cpuUsage")).to_have_count(0)
    go(page, fleet, "/explore?host=Presence")
    expect(page.get_by_test_id("history-latency")).to_be_visible()
    expect(page.get_by_test_id("history-cpuUsage")).to_have_count(0)
    go(page, fleet, "/hosts/nobody")
    expect(page.get_by_role("heading", name="No host is named nobody")).to_be_visible()


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
    area = eventually(lambda: chart.locator(".u-over").bounding_box())
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


def test_an_alert_of_another_day_is_a_date_away(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    go(page, fleet, "/alerts?view=history")
    jump = page.get_by_test_id("day-jump")
    jump.get_by_role("button", name="A day earlier").press("Enter")
    today = page.evaluate("new Date().setHours(0, 0, 0, 0)")
    assert int(query(page)["to"]) == today
    newest = page.locator(".alert-line-time time").first
    newest_at = "time => Date.parse(time.dateTime)"
    eventually(lambda: today - 120_000 <= newest.evaluate(newest_at) < today)
    day = jump.get_by_label("Up to this day")
    yesterday = page.evaluate("new Date(Date.now() - 864e5).toLocaleDateString('sv')")
    expect(day).to_have_value(yesterday)
    day.fill("2020-02-29")
    expect(page.get_by_text("No alert is like this")).to_be_visible()
    assert_accessible(page, "a day without alerts")
    jump.get_by_role("button", name="Newest").click()
    eventually(lambda: "to" not in query(page) and newest.evaluate(newest_at) >= today)


def test_an_address_opens_one_alert_however_old(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    go(page, fleet, "/alerts?alert=1")
    expect(page.get_by_role("dialog")).to_contain_text("db-1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert "alert" not in query(page)
    go(page, fleet, "/alerts?alert=987654")
    expect(page.get_by_role("alert")).to_have_text("This alert is not kept any more.")


def test_an_operator_announces_maintenance_and_ends_it(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet, name="olga")
    go(page, fleet, "/alerts?view=maintenance")
    page.get_by_test_id("new-notice").click()
    form = page.get_by_test_id("notice-form")
    expect(form.get_by_label("What people read")).to_be_focused()
    form.get_by_label("What people read").fill("Moving the database")
    form.get_by_label("To", exact=True).fill("2001-01-01T10:00")
    page.keyboard.press("Enter")
    expect(form.get_by_text("Must be after the start.")).to_be_visible()
    expect(form.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    assert_accessible(page, "a notice")
    form.get_by_label("To", exact=True).fill("2099-01-01T10:00")
    page.keyboard.press("Enter")
    running = page.get_by_test_id("notices-now")
    expect(running).to_contain_text("Moving the database")
    other = open_page(fleet)
    other.get_by_role("button", name="Alerts, open").click()
    expect(other.get_by_test_id("bell-panel")).to_contain_text("Moving the database")
    running.get_by_role("button", name="Edit").click()
    form.get_by_label("What people read").fill("Moving the cache")
    form.get_by_role("button", name="Save").click()
    expect(other.get_by_test_id("bell-panel")).to_contain_text("Moving the cache")
    running.get_by_role("button", name="End now").click()
    over = page.get_by_test_id("notices-past")
    expect(over).to_contain_text("Moving the cache")
    expect(other.locator("[data-testid=bell-panel] [data-state=firing]")).to_have_count(3)
    over.get_by_role("button", name="Delete").click()
    over.get_by_role("button", name="Really delete?").click()
    expect(page.get_by_text("No maintenance is announced")).to_be_visible()


def test_a_notice_is_refused_in_the_language_of_the_page(open_page: OpenPage, fleet: PresenceServer) -> None:
    page = open_page(fleet)
    page.get_by_test_id("switch-language").click()
    go(page, fleet, "/alerts?view=maintenance")
    page.get_by_test_id("new-notice").click()
    form = page.get_by_test_id("notice-form")
    form.get_by_label("通知内容").fill("迁移")
    form.get_by_label("结束").fill("2001-01-01T10:00")
    page.keyboard.press("Enter")
    expect(form.locator(".form-error").first).to_contain_text("必须")
    page.keyboard.press("Escape")
    page.get_by_test_id("switch-language").click()


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
    silence = page.get_by_test_id("silence-form")
    page.get_by_test_id("silence-length").select_option("until")
    silence.get_by_role("textbox", name="Until a time").fill("2001-01-01T10:00")
    silence.get_by_role("button", name="Silence").click()
    expect(silence.get_by_text("Must be after the start.")).to_be_visible()
    page.get_by_test_id("silence-length").select_option("4")
    silence.get_by_role("button", name="Silence").click()
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
    form.get_by_label("Warning ends at").fill("62")
    form.get_by_label("When no value comes").select_option("warning")
    form.get_by_test_id("save-rule").click()
    expect(form.get_by_text("at or below the value")).to_be_visible()
    assert_accessible(page, "a rule")
    form.get_by_label("Warning ends at").fill("59")
    form.get_by_test_id("save-rule").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("rules")).to_contain_text("61%")
    rules = fleet.api().get("/api/v1/rules")["results"]
    assert [rule["no_data"] for rule in rules if rule["component"] == "swap"] == ["warning"]
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
    alert_raise(presence_server, "disk")
    for tab in (page, second):
        expect(tab.get_by_test_id("bell-count")).to_have_text("1")
    eventually(lambda: page.evaluate("tones") + second.evaluate("tones") > 0)
    assert page.evaluate("tones") + second.evaluate("tones") == 1


SPY = """{
    const Real = Notification
    window.raised = []
    window.Notification = class extends Real {
        constructor(title, options) { super(title, options); raised.push(options.body) }
    }
}"""
HIDDEN = "Object.defineProperty(document, 'hidden', {get: () => true}); 0"
TOLD = "(localStorage['presence.told'] ?? '').split(' ').filter(Boolean).length"


def test_a_browser_notifies_of_what_nobody_has_in_sight(open_page: OpenPage, presence_server: PresenceServer) -> None:
    rules_keep(presence_server, "disk", "memory", "load")  # a busy machine would raise others of its own
    page = open_page(presence_server)
    page.context.grant_permissions(["notifications"], origin=presence_server.address)
    page.context.add_init_script(SPY)
    page.reload()
    page.get_by_role("button", name="Alerts, none open").click()
    page.get_by_test_id("sound").check()  # an alert is noted as told, whether it notifies or not
    page.get_by_test_id("notify").click()
    expect(page.get_by_test_id("notify")).to_be_checked()

    alert_raise(presence_server, "disk")
    eventually(lambda: page.evaluate(TOLD) == 1)
    assert page.evaluate("raised") == [], "it is in sight"

    behind(page)
    alert_raise(presence_server, "memory")
    eventually(lambda: page.evaluate(TOLD) == 2)
    (said,) = page.evaluate("raised")
    assert said.startswith("Memory at")

    page.evaluate("localStorage['presence.notify'] = 'no'")
    page.reload()
    assert page.evaluate("document.hidden")
    expect(page.get_by_test_id("bell-count")).to_have_text("2")
    alert_raise(presence_server, "load", comparison="below", warning_raise=1e6, warning_clear=1e6)
    eventually(lambda: page.evaluate(TOLD) == 3)
    assert page.evaluate("raised") == [], "nobody asked for it"


def behind(page: Page) -> None:
    """Let the page be told that another tab is in front; with Playwright, Chromium tells each that it is in sight."""
    page.add_init_script(HIDDEN)
    page.evaluate(HIDDEN)


def rules_keep(server: PresenceServer, *components: str) -> None:
    """Switch every rule off but those of some components."""
    with server.api() as api:
        for rule in api.get("/api/v1/rules")["results"]:
            if rule["component"] not in components:
                assert api.http.patch(f"/api/v1/rules/{rule['id']}", json={"enabled": False}).status_code == 200


def alert_raise(server: PresenceServer, component: str, **change: Any) -> None:
    """Change the thresholds of a component's rule so that it fires at once: every machine uses some disk and memory."""
    values = {"warning_raise": 0.001, "warning_clear": 0.001, "critical_raise": None, "critical_clear": None}
    values |= {"for_seconds": 0, "window_seconds": 0, **change}
    with server.api() as api:
        rule = next(rule for rule in api.get("/api/v1/rules")["results"] if rule["component"] == component)
        answer = api.http.patch(f"/api/v1/rules/{rule['id']}", json=values)
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
