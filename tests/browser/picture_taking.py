"""Takes the pictures that the README shows; ``scripts/pictures.py`` runs it.

A server of its own watches this machine and two dozen imagined ones, which push a reading a second like agents. The
pictures are of what it shows then, so they are never older than the pages.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import QUIET, chromium, wait_until_live
from tests.browser.past import alerts_write, past_write
from tests.support.environment import ROOT
from tests.support.population import NAME, session_key
from tests.support.presence_server import MANAGE, PresenceServer, migrate, populate
from tests.support.processes import run
from tests.support.waiting import eventually

IMAGES = ROOT / "docs" / "images"
OWN = "db-1"
IMAGINED = 24
SECONDS_BEFORE = 330
"""So long the machines push before the first picture is taken: live charts show five minutes."""
_TOKENS = """
from metrics.ingest.tokens import host_token_create
from metrics.models import Host
for host in Host.objects.filter(name__startswith="demo-"):
    print(host.name, host_token_create(host=host, now=0))
"""


def pictures_take() -> None:
    """Start, wait until everything is live, take the pictures."""
    with (
        tempfile.TemporaryDirectory(prefix="presence-pictures-") as folder,
        server_running(Path(folder)) as server,
        pushed(server, tokens_make(server)),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        print(f"Every machine is live; the pictures are taken in {SECONDS_BEFORE} s.")
        time.sleep(SECONDS_BEFORE)
        take(browser, server)
        browser.close()


@contextmanager
def server_running(folder: Path) -> Iterator[PresenceServer]:
    """Serve this machine as ``db-1``, imagined ones with a past, and a few open alerts."""
    server = PresenceServer(folder, environ={"PRESENCE_HOST_NAME": OWN, "PRESENCE_ALERT_GRACE": "3600"})
    server.prepare(None)
    migrate(server.environ)
    populate(server.environ)
    seed = ["seed_demo", "--hosts", str(IMAGINED), "--raw-hours", "24", "--days", "3", "--interval", "2"]
    done = run([*MANAGE, *seed], environ=server.environ)
    assert done.returncode == 0, done.stderr
    past_write(server.database, host=OWN, seconds=320)
    for host, count in (("demo-05", 1), ("demo-10", 2), ("demo-16", 2)):  # the first is critical, the last a warning
        alerts_write(server.database, host=host, count=count, firing=1)
    try:
        server.start()
        yield server
    finally:
        server.end()


def tokens_make(server: PresenceServer) -> dict[str, str]:
    """Return a token for each imagined machine."""
    done = run([*MANAGE, "shell", "-v", "0", "-c", _TOKENS], environ=server.environ)
    assert done.returncode == 0, done.stderr
    return dict(line.split() for line in done.stdout.splitlines())


@contextmanager
def pushed(server: PresenceServer, tokens: dict[str, str]) -> Iterator[None]:
    """Let the imagined machines push a reading a second, each a little different from the one before."""
    with server.api() as api:
        readings = {name: api.get("/api/v1/status", host=name) for name in tokens}
    chance, end = random.Random(5), threading.Event()

    def push() -> None:
        with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as client:
            while not end.wait(1):
                for name, token in tokens.items():
                    readings[name] = moved(readings[name], chance)
                    headers = {"Authorization": f"Token {token}"}
                    client.post("/api/v1/ingest/status", json=readings[name], headers=headers).raise_for_status()

    thread = threading.Thread(target=push, daemon=True)
    thread.start()
    yield
    end.set()
    thread.join()


def moved(reading: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return the reading of a second later."""
    cpu = min(95.0, max(2.0, reading["cpuUsage"] + chance.gauss(0, 1.5)))
    memory = min(95.0, max(5.0, reading["memoryUsage"] + chance.gauss(0, 0.1)))
    traffic = {name: reading[name] * chance.uniform(0.92, 1.087) for name in ("networkReceived", "networkSent")}
    changed = {"cpuUsage": round(cpu, 1), "memoryUsage": round(memory, 1), "timestamp": time.time_ns() // 1_000_000}
    return {**reading, **traffic, **changed, "uptime": reading["uptime"] + 1}


def take(browser: Browser, server: PresenceServer) -> None:
    """Take each picture once what it shows is there."""
    page = opened(browser, server, f"/hosts/{OWN}", size=(1440, 900), theme="dark")
    eventually(lambda: int(page.get_by_test_id("chart-cpuUsage").get_attribute("data-samples") or 0) > 280)
    expect(page.get_by_test_id("process-table").locator("tbody tr").first).to_be_visible()
    shoot(page, "laptop-en-dark")

    page = opened(browser, server, "/explore?host=demo-02&range=24h&compare=1", size=(1440, 900))
    eventually(lambda: int(page.get_by_test_id("history-cpuUsage").get_attribute("data-buckets") or 0) > 100)
    shoot(page, "explore-en-light")

    for name, path, size in (("wall", "/?wall=1", (2560, 1440)), ("phone", "/", (360, 780))):
        page = opened(browser, server, path, size=size, language="zh-CN")
        expect(page.get_by_test_id("host-card")).to_have_count(IMAGINED + 1)
        shoot(page, f"{name}-zh-light")


def opened(
    browser: Browser,
    server: PresenceServer,
    path: str,
    *,
    size: tuple[int, int],
    language: str = "en-GB",
    theme: str = "light",
) -> Page:
    """Return a page of somebody who is signed in."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme="dark" if theme == "dark" else "light",
    )
    context.add_cookies([{"name": "presence_session", "value": session_key(NAME), "url": server.address}])
    page = context.new_page()
    page.goto(server.address + path)
    wait_until_live(page)
    expect(page.locator(".skeleton")).to_have_count(0)
    return page


def shoot(page: Page, name: str) -> None:
    """Write a picture, after a few seconds in which the past of every sparkline comes."""
    page.wait_for_timeout(6_000)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")
    page.context.close()
