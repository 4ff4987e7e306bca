"""What a person sees of the connection, of the settings and of the public page, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import OpenPage, sign_in
from tests.conftest import MakeServer
from tests.support.population import PASSWORD
from tests.support.presence_server import HOST, PresenceServer
from tests.support.waiting import eventually

LIVE = re.compile(r"/ws$")


def pill(page: Page) -> Any:
    return page.get_by_test_id("connection-pill")


def test_blocked_sockets_are_replaced_by_http_until_they_get_through(
    open_page: OpenPage, presence_server: PresenceServer
) -> None:
    page = open_page(presence_server, signed_in=False)
    blocked = True

    def route(socket: WebSocketRoute) -> None:
        if blocked:
            socket.close(code=1011)
        else:
            socket.connect_to_server()

    page.route_web_socket(LIVE, route)
    page.goto(f"{presence_server.address}/hosts/{HOST}")
    page.fill("input[name=username]", "ada")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(pill(page)).to_have_attribute("data-state", "polling")
    expect(page.get_by_test_id("connection-banner")).to_contain_text("WebSocket is blocked")
    chart = page.get_by_test_id("chart-cpuUsage")
    first = int(chart.get_attribute("data-samples") or 0)
    eventually(lambda: int(chart.get_attribute("data-samples") or 0) > first)
    blocked = False
    page.get_by_test_id("banner-retry").click()
    expect(pill(page)).to_have_attribute("data-state", "connected")
    expect(page.get_by_test_id("connection-banner")).to_have_count(0)


def test_a_fourth_window_is_told_what_to_do_and_retries_by_hand(open_page: OpenPage, make_server: MakeServer) -> None:
    server = make_server(WS_MAX_CONNECTIONS_PER_USER="3")
    server.start()
    first = open_page(server)
    for _ in range(2):
        window = first.context.new_page()
        window.goto(server.address)
        expect(pill(window)).to_have_attribute("data-state", "connected")
    fourth = first.context.new_page()
    fourth.goto(server.address)
    banner = fourth.get_by_test_id("connection-banner")
    expect(banner).to_contain_text("Too many dashboard windows")
    assert_accessible(fourth)
    fourth.get_by_test_id("switch-language").click()
    expect(banner).to_contain_text("请关闭其他窗口")
    window.close()
    # The server hears of the closed window a moment later.
    eventually(lambda: server.api().get("/ws/stats")["topics"].get("health", 0) == 2)
    fourth.get_by_test_id("banner-retry").click()
    expect(pill(fourth)).to_have_attribute("data-state", "connected")


def test_a_network_that_comes_back_ends_the_wait(open_page: OpenPage, presence_server: PresenceServer) -> None:
    page = open_page(presence_server)
    pill(page).click()
    expect(page.get_by_test_id("quality")).to_contain_text("ms")
    presence_server.web.kill()
    expect(pill(page)).to_have_attribute("data-state", "reconnecting")
    presence_server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(pill(page)).to_have_attribute("data-state", "connected")
    expect(page.get_by_test_id("quality")).to_contain_text("Reconnects1")


def test_settings_follow_the_person_and_the_account_is_managed(
    open_page: OpenPage, presence_server: PresenceServer
) -> None:
    page, other = open_page(presence_server, "/settings"), open_page(presence_server, signed_in=False)
    sign_in(other)
    page.reload()
    expect(page.get_by_test_id("session-list").get_by_role("listitem")).to_have_count(2)
    assert_accessible(page)
    with page.expect_response("**/auth/preferences"):
        page.select_option("select[name=theme]", "dark")
    with page.expect_response("**/auth/preferences"):
        page.select_option("select[name=language]", "zh-Hans")
    expect(page.locator("html[lang=zh-Hans][data-theme=dark]")).to_have_count(1)
    other.reload()
    expect(other.locator("html[lang=zh-Hans][data-theme=dark]")).to_have_count(1)
    with page.expect_response("**/auth/preferences"):
        page.select_option("select[name=language]", "en")

    page.get_by_label("What is it for?").fill("wall screen")
    page.get_by_role("button", name="Create a token").click()
    key = page.get_by_test_id("token-key").input_value()
    page.get_by_role("button", name="I have copied it").click()
    assert key and key not in page.content()
    page.get_by_role("button", name="Revoke the token wall screen").click()
    page.get_by_role("button", name="Revoke the token wall screen").click()
    expect(page.get_by_test_id("token-list").get_by_text("wall screen")).to_have_count(0)

    page.fill("input[name=current]", PASSWORD)
    page.fill("input[name=new]", "analytical engine no. 1")
    page.fill("input[name=again]", "analytical engine no. 1")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    expect(other.locator("input[name=password]")).to_be_visible()
    expect(pill(page)).to_have_attribute("data-state", "connected")
    page.reload()
    expect(pill(page)).to_have_attribute("data-state", "connected")
    sign_in(other, password="analytical engine no. 1")


@pytest.fixture
def wall() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a site of somebody else's, and its one page, which a test fills."""
    page: dict[str, str] = {}

    class Wall(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.get("body", "").encode())

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Wall)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", page
    server.shutdown()
    server.server_close()


def test_strangers_watch_the_public_page_and_the_card_in_a_frame(
    open_page: OpenPage, make_server: MakeServer, wall: tuple[str, dict[str, str]]
) -> None:
    origin, wall_page = wall
    server = make_server(PRESENCE_PUBLIC="yes", PRESENCE_EMBED_ORIGINS=origin)
    server.start()
    page = open_page(server, signed_in=False)
    page.context.clear_cookies()
    page.goto(f"{server.address}/public")
    expect(page.get_by_test_id("summary")).not_to_have_attribute("data-kind", "loading")
    card = page.get_by_test_id("host-card")
    expect(card).to_have_attribute("data-host", HOST)
    expect(card.locator("[data-live=cpu]")).to_contain_text("%")
    expect(pill(page)).to_have_attribute("data-state", "connected")
    assert_accessible(page)
    assert page.context.cookies() == []

    wall_page["body"] = f'<iframe title="card" src="{server.address}/embed/{HOST}?theme=dark"></iframe>'
    page.goto(origin)
    inner = page.frame_locator("iframe").get_by_test_id("host-card")
    expect(inner.locator("[data-live=cpu]")).to_contain_text("%")
