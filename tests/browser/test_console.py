"""The console as a person uses it, in a real Chromium against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage
from tests.browser.editor import ENDLESS, NUMBERS, cells, run, write
from tests.conftest import servers
from tests.support.presence_server import PresenceServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[PresenceServer]:
    """One server for all tests of this module."""
    with servers(tmp_path_factory.mktemp("console"), prepared_sqlite) as make:
        server = make()
        server.start()
        yield server


def open_console(open_page: OpenPage, server: PresenceServer, *, path: str = "/console") -> Page:
    page = open_page(server, path)
    expect(page.get_by_test_id("run")).to_be_enabled()
    return page


def test_rows_are_streamed_sorted_copied_drawn_and_exported(
    open_page: OpenPage, server: PresenceServer, tmp_path: Path
) -> None:
    page = open_console(open_page, server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.address)
    columns = "i, i % 7 AS rest, 9007199254740992 + i AS big, NULL AS missing, 'a,b' AS name"
    status = run(page, NUMBERS.format(rows=20_000, columns=columns))
    expect(status).to_contain_text("20,000 rows")
    assert cells(page, 0) == ["1", "1", "9007199254740993", "NULL", "a,b"]
    assert page.locator("[role=row]").count() < 100

    page.get_by_role("columnheader", name="rest").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="rest")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("grid")).to_have_attribute("aria-busy", "false")
    assert [cells(page, row)[:2] for row in (0, 1)] == [["7", "0"], ["14", "0"]]

    page.locator("[role=gridcell]").first.click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+c")
    expect(page.get_by_text("Copied.").first).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "7\t0\n14\t0"
    page.keyboard.press("Control+End")
    assert cells(page, 19_999)[1] == "6"

    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert len(lines) == 20_001 and lines[1].startswith("1,1,9007199254740993,")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("link", name="JSON").click()
    download.value.save_as(tmp_path / "rows.json")
    assert json.loads((tmp_path / "rows.json").read_text())

    page.get_by_test_id("view-chart").click()
    expect(page.get_by_test_id("result-chart")).to_have_attribute("data-points", "200")


def test_an_endless_query_is_cancelled_with_escape(open_page: OpenPage, server: PresenceServer) -> None:
    page = open_console(open_page, server)
    run(page, ENDLESS, state="running")
    menu = page.get_by_role("button", name="Account of ada")
    menu.click()
    page.keyboard.press("Escape")  # closes the menu, and that alone
    expect(menu).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "running")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "cancelled")
    expect(page.get_by_test_id("run")).to_be_enabled()


WATCH_STATUS = """() => {
    const status = document.querySelector('[data-testid=run-status]')
    window.lines = []
    const watch = new MutationObserver(() => lines.push(status.innerText))
    watch.observe(status, {childList: true, characterData: true, subtree: true})
}"""
SLOW = "i, (WITH RECURSIVE m(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM m WHERE j < 300) SELECT sum(j) FROM m)"


def test_rows_are_counted_first_where_that_is_wanted(open_page: OpenPage, server: PresenceServer) -> None:
    page = open_console(open_page, server)
    sent: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(json.loads(data))))
    page.reload()
    expect(page.get_by_test_id("run")).to_be_enabled()
    page.get_by_test_id("count-rows").check()
    page.evaluate(WATCH_STATUS)
    run(page, NUMBERS.format(rows=20_000, columns=SLOW))
    asked = [message["payload"]["options"] for message in sent if message.get("type") == "execute_query"]
    assert [options["countRows"] for options in asked] == [True]
    assert any("of 20,000 rows" in line for line in page.evaluate("lines")), "the whole is known before the end"
    page.reload()
    expect(page.get_by_test_id("count-rows")).to_be_checked()


def test_a_write_is_refused_kindly_and_a_mistake_is_marked_where_it_is(
    open_page: OpenPage, server: PresenceServer
) -> None:
    page = open_console(open_page, server)
    run(page, "DELETE FROM auth_user", state="failed")
    expect(page.get_by_test_id("query-error")).to_contain_text("The console only reads")
    run(page, "SELECT host FROM hosts WHERE naem = 'x'", state="failed")
    expect(page.get_by_test_id("query-error")).to_contain_text("no view or column")
    expect(page.locator(".cm-lintRange-error")).to_be_visible()


def test_every_example_answers(open_page: OpenPage, server: PresenceServer) -> None:
    page = open_console(open_page, server)
    examples = page.locator("[data-testid^=example-]")
    expect(examples.first).to_be_visible()
    titles = examples.locator(".side-title").all_inner_texts()
    assert len(titles) >= 3
    for index in range(len(titles)):
        examples.nth(index).click()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_test_id("run-status")).not_to_have_attribute("data-state", "running")
        expect(page.get_by_test_id("query-error")).to_have_count(0)


def test_suggestions_come_from_the_schema(open_page: OpenPage, server: PresenceServer) -> None:
    page = open_console(open_page, server)
    write(page, "SELECT ")
    page.keyboard.insert_text("\nFROM status_history")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    page.keyboard.type("cpu_us")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("cpu_usage")
    page.get_by_test_id("side-schema").click()
    expect(page.get_by_text("status_history", exact=True)).to_be_visible()


def test_a_query_with_a_parameter_is_saved_found_in_the_history_and_shared(
    open_page: OpenPage, server: PresenceServer
) -> None:
    page = open_console(open_page, server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.address)
    write(page, "SELECT :word AS said")
    page.get_by_test_id("parameters").get_by_label("word").fill("hello")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    assert cells(page, 0) == ["hello"]
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    page.keyboard.type("Greeting")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Greeting", exact=True)).to_be_visible()
    page.get_by_test_id("side-history").click()
    expect(page.locator(".side-list code").first).to_contain_text("SELECT :word AS said")

    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("A link to this result is on the clipboard.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = open_page(server, link.removeprefix(server.address), name="bob")
    expect(other.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    assert cells(other, 0) == ["hello"]
    expect(other.get_by_test_id("run")).to_be_disabled()
    assert "share" not in other.url


def test_a_short_loss_of_the_connection_loses_no_row(open_page: OpenPage, server: PresenceServer) -> None:
    page = open_console(open_page, server)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    run(page, NUMBERS.format(rows=60_000, columns=SLOW), state="running")
    expect(page.locator("[role=gridcell]").first).to_be_visible()
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
    expect(page.get_by_test_id("result")).to_have_attribute("data-rows", "60000")


@pytest.mark.parametrize(("width", "theme", "language"), [(360, "light", "zh-CN"), (1440, "dark", "en-GB")])
def test_the_console_is_accessible_and_nothing_overflows(
    open_page: OpenPage, server: PresenceServer, width: int, theme: str, language: str
) -> None:
    page = open_page(server, "/console", width=width, theme=theme, language=language)
    expect(page.get_by_test_id("run")).to_be_enabled()
    run(page, NUMBERS.format(rows=50, columns="i, i * i AS square, 'x' AS name"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_accessible(page, "table")
    page.get_by_test_id("view-chart").click()
    expect(page.get_by_test_id("result-chart")).to_be_visible()
    assert_accessible(page, "chart")
