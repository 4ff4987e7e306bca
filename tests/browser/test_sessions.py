"""Two people in one session, in two real Chromium pages, on two web processes that share Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage
from tests.browser.editor import ENDLESS, write
from tests.conftest import servers
from tests.support.presence_server import PresenceServer
from tests.support.redis_server import RedisServer


class Pair(NamedTuple):
    """Two web processes over one Redis and one data folder."""

    one: PresenceServer
    two: PresenceServer


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    redis = RedisServer(folder)
    redis.start()
    with servers(folder, prepared_sqlite) as make:
        one = make(REDIS_URL=redis.url)
        two = make(REDIS_URL=redis.url, PRESENCE_DATA_DIR=str(one.data))
        two.scaled = False  # one detector for both
        one.start()
        two.start()
        yield Pair(one, two)
    redis.kill()


def open_session(page: Page, server: PresenceServer) -> str:
    """Make a session, from the list of them; return where it is, without the server."""
    page.get_by_test_id("new-session").click()
    expect(page.get_by_test_id("session")).to_have_attribute("data-joined", "true")
    return page.url.removeprefix(server.address)


def invite(page: Page, role: str) -> str:
    """Return the path of a new invitation."""
    page.get_by_test_id("tab-people").click()
    page.locator("form", has=page.get_by_test_id("invite")).locator("select[name=role]").select_option(role)
    page.get_by_test_id("invite").click()
    link = page.get_by_test_id("invite-link").input_value()
    page.get_by_test_id("tab-chat").click()
    return link[link.index("/join#") :]


def join(open_page: OpenPage, server: PresenceServer, name: str, path: str) -> Page:
    """Let somebody follow the invitation on another process."""
    page = open_page(server, path, name=name)
    expect(page.get_by_test_id("session")).to_have_attribute("data-joined", "true")
    return page


def text(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def test_two_people_write_talk_and_run_together(open_page: OpenPage, pair: Pair) -> None:
    ada = open_page(pair.one, "/sessions")
    open_session(ada, pair.one)
    grace = join(open_page, pair.two, "grace", invite(ada, "editor"))
    for page in (ada, grace):
        expect(page.get_by_test_id("participants")).to_have_attribute("data-count", "2")

    write(ada, "SELECT 1 AS one")
    expect(grace.locator(".cm-line")).to_have_text("SELECT 1 AS one")
    grace.locator(".cm-content").click()
    grace.keyboard.press("Control+End")
    ada.keyboard.press("Control+Home")
    for left, right in zip("-- a ", ", 2 b", strict=True):
        ada.keyboard.type(left)
        grace.keyboard.type(right)
    for page in (ada, grace):
        expect(page.locator(".cm-line")).to_have_text("-- a SELECT 1 AS one, 2 b")
        expect(page.get_by_test_id("session")).to_have_attribute("data-unsent", "0")
    expect(ada.locator(".cm-peer-name")).to_have_text("grace")
    expect(grace.locator(".cm-peer-name")).to_have_text("ada")

    for _ in ", 2 b":  # at most one step for each key, and never one of ada's
        grace.keyboard.press("Control+z")
    expect(ada.locator(".cm-line")).to_have_text("-- a SELECT 1 AS one")
    for _ in "-- a ":
        ada.keyboard.press("Backspace")
    expect(grace.locator(".cm-line")).to_have_text("SELECT 1 AS one")

    grace.get_by_test_id("composer").type("Look, @ad")
    expect(ada.get_by_test_id("typing")).to_contain_text("grace")
    grace.get_by_test_id("composer").press("Enter")
    grace.get_by_test_id("composer").press("Enter")
    expect(ada.get_by_test_id("chat-message")).to_contain_text("Look, @ada")
    expect(ada.locator(".mention")).to_have_text("@ada")

    grace.get_by_test_id("run").click()
    for page in (ada, grace):
        expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "completed")
        expect(page.locator("[role=gridcell]")).to_have_text("1")
    expect(ada.get_by_test_id("run-owner")).to_contain_text("grace")

    write(ada, ENDLESS)
    expect(grace.locator(".cm-line")).to_have_text(ENDLESS)
    ada.keyboard.press("Control+Enter")
    expect(grace.get_by_test_id("run-status")).to_have_attribute("data-state", "running")
    grace.get_by_test_id("cancel").click()
    for page in (ada, grace):
        expect(page.get_by_test_id("run-status")).to_have_attribute("data-state", "cancelled")

    ada.get_by_test_id("tab-timeline").click()
    expect(ada.locator(".event-run_cancel")).to_contain_text("grace")
    with ada.expect_download() as download:
        ada.get_by_role("link", name="Report").click()
    assert "Look, @ada" in Path(download.value.path()).read_text()


def test_what_is_written_offline_is_kept_told_and_merged(open_page: OpenPage, pair: Pair) -> None:
    ada = open_page(pair.one, "/sessions")
    open_session(ada, pair.one)
    grace = join(open_page, pair.two, "grace", invite(ada, "editor"))
    write(ada, "SELECT 1")
    expect(grace.locator(".cm-line")).to_have_text("SELECT 1")
    expect(ada.get_by_test_id("session")).to_have_attribute("data-unsent", "0")
    pair.one.web.stop()
    expect(ada.get_by_test_id("offline")).to_be_visible()
    ada.locator(".cm-content").click()
    ada.keyboard.press("Control+End")
    ada.keyboard.type(" -- ada")
    expect(ada.get_by_test_id("offline")).not_to_have_attribute("data-unsent", "0")
    grace.locator(".cm-content").click()
    grace.keyboard.press("Control+Home")
    grace.keyboard.type("/* grace */ ")
    pair.one.start()
    for page in (ada, grace):
        expect(page.locator(".cm-line")).to_have_text("/* grace */ SELECT 1 -- ada")
    expect(ada.get_by_test_id("offline")).to_have_count(0)
    expect(ada.get_by_test_id("session")).to_have_attribute("data-unsent", "0")


def test_a_viewer_reads_and_talks_on_a_phone_in_chinese(open_page: OpenPage, pair: Pair) -> None:
    ada = open_page(pair.one, "/sessions")
    path = open_session(ada, pair.one)
    write(ada, "SELECT 2")
    link = invite(ada, "viewer")
    bob = open_page(pair.two, link, name="bob", width=360, height=780, language="zh-CN", theme="dark")
    expect(bob.locator(".cm-line")).to_have_text("SELECT 2")
    assert path in bob.url and "#" not in bob.url
    bob.locator(".cm-content").click()
    bob.keyboard.type("DROP")
    expect(bob.locator(".cm-line")).to_have_text("SELECT 2")
    expect(bob.get_by_test_id("run")).to_be_disabled()
    bob.get_by_test_id("composer").fill("我在看")
    bob.get_by_test_id("composer").press("Enter")
    expect(ada.get_by_test_id("chat-message")).to_contain_text("我在看")
    assert bob.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_accessible(bob, "session")
    bob.goto(f"{pair.two.address}/sessions")
    expect(bob.get_by_test_id("session-card").first).to_be_visible()
    assert_accessible(bob, "sessions")


def test_an_invitation_that_was_revoked_says_so(open_page: OpenPage, pair: Pair) -> None:
    ada = open_page(pair.one, "/sessions")
    open_session(ada, pair.one)
    link = invite(ada, "editor")
    ada.get_by_test_id("tab-people").click()
    ada.get_by_role("button", name="Revoke").click()
    expect(ada.get_by_role("button", name="Revoke")).to_have_count(0)
    ada.goto(pair.one.address + link)
    expect(ada.get_by_role("alert")).to_contain_text("revoked")
