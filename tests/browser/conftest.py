"""A real Chromium, and pages signed in to a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.population import NAME, PASSWORD, session_key
from tests.support.presence_server import PresenceServer

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
expect.set_options(timeout=30_000)  # reached by failing tests alone


def chromium() -> str:
    """Return the path of a Chromium: ``CHROMIUM``, else one on the PATH."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and MAC.exists():
        found = str(MAC)
    assert found, "The browser tests need Chromium: apt install chromium, or set CHROMIUM to the path of one."
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: Playwright keeps an event loop running, over which other modules would trip."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        browser.close()


class OpenPage(Protocol):
    """Opens a page of a server, as the browser of somebody who signed in before, unless asked not to."""

    def __call__(
        self,
        server: PresenceServer,
        path: str = "/",
        *,
        name: str = NAME,
        width: int = 1440,
        height: int = 900,
        language: str = "en-GB",
        theme: str = "light",
        signed_in: bool = True,
    ) -> Page: ...


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Pages of this test. Whatever a page complains about on its console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(
        server: PresenceServer,
        path: str = "/",
        *,
        name: str = NAME,
        width: int = 1440,
        height: int = 900,
        language: str = "en-GB",
        theme: str = "light",
        signed_in: bool = True,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        if signed_in:
            assert server.prepared
            context.add_cookies([{"name": "presence_session", "value": session_key(name), "url": server.address}])
        page.goto(server.address + path)
        if signed_in:
            wait_until_live(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(known in text for known in CHROMIUM_SAYS)] == []


CHROMIUM_SAYS = (
    "net::ERR",
    "WebSocket connection to",
    "status of 400",
    "status of 404",
    "status of 410",
    "status of 503",
)
"""What Chromium itself reports of a server that restarts and of a refusal, whatever the page does about it."""


def sign_in(page: Page, username: str = NAME, password: str = PASSWORD) -> None:
    """Sign in as a person does, and wait for the live dashboard."""
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    wait_until_live(page)


def wait_until_live(page: Page) -> None:
    """Wait for the live dashboard."""
    expect(page.get_by_test_id("connection-pill")).to_have_attribute("data-state", "connected")
