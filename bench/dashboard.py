"""The page in a real Chromium: how soon it is there, how soon a sample is painted, what eight live charts cost.

Chromium runs without a GPU, as on a server; a desktop's own graphics make all of it cheaper. The page is the one that
people see, served by ``manage.py serve`` with its detector at one sample a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import psutil

from bench.cache import BENCH, REPOSITORY, Unavailable
from bench.comparison import Comparison
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port
from bench.samples import Sample
from bench.scenarios import Column

NAME, SECRET = "bench", "a page that is measured"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
POINTS = 3_600
EVERY_MS = 270_000 / POINTS
"""A little less than the charts' five minutes: all of them stay in sight."""
VIEW = {"width": 1600, "height": 1900}


def scenarios() -> list[Comparison]:
    """Return the tables of the page."""
    tags = frozenset({"dashboard"})
    return [
        Comparison(
            "page-load",
            "The page, signed in, nothing cached: what it loads and when it can be used",
            {"presence": load},
            (
                Column("ready", "ready ms", 0, headline=True),
                Column("paint", "first paint ms", 0),
                Column("script", "JavaScript KB", 0),
            ),
            notes="Ready: live values stand in the cards. KB as transferred, gzip or Brotli.",
            tags=tags,
        ),
        Comparison(
            "page-live",
            "Eight live charts of 3,600 points, thirteen readings a second",
            {"presence": live},
            (
                Column("cpu", "CPU % of a core", 1, headline=True),
                Column("fps", "frames a second", 1),
                Column("late", "frames late %", 1),
                Column("charts", "charts", 0),
                Column("points", "points", 0),
            ),
            notes="CPU of all of Chromium's processes. Late: a frame that came after more than 34 ms.",
            tags=tags,
        ),
        Comparison(
            "page-paint",
            "From the sample on the host to the paint in the page",
            {"presence": paint},
            (Column("p50", "p50 ms"), Column("p95", "p95 ms", headline=True), Column("cpu", "CPU % of a core", 1)),
            notes="One reading a second. The last thing that a sample changes is timed; CPU as above.",
            tags=tags,
        ),
        Comparison(
            "page-day",
            "The page open for 24 hours, a second at a time, as fast as it goes",
            {"presence": day},
            (
                Column("growth", "MB grown", 2, headline=True),
                Column("first", "MB after 1 h", 1),
                Column("last", "MB after 24 h", 1),
                Column("nodes", "DOM nodes grown", 0),
            ),
            notes="JavaScript heap after a forced collection.",
            tags=tags,
        ),
    ]


def load(cores: Cores) -> Sample:
    """Open the page three times with an empty cache; return the median."""
    with opened(cores) as (browser, address):
        state = signed_in(browser, address)
        found = [first_visit(browser, address, state) for _ in range(3)]
    return sorted(found, key=lambda sample: sample["ready"])[1]


def first_visit(browser: Any, address: str, state: Any) -> Sample:
    """Return what one visit loads, and when."""
    context = browser.new_context(storage_state=state, viewport=VIEW)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        "() => /\\d/.test(document.querySelector('[data-testid=card-cpuUsage-value]')?.textContent ?? '')",
        polling="raf",
    )
    measured: Sample = page.evaluate(
        """() => ({
            ready: performance.now(),
            paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
            script: performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'))
                .reduce((sum, one) => sum + one.encodedBodySize, 0) / 1024,
        })"""
    )
    context.close()
    return measured


def live(cores: Cores) -> Sample:
    """Feed a page twelve readings a second; return its CPU and its frames."""
    with opened(cores) as (browser, address):
        page = live_page(browser, address)
        page.evaluate(f"stopFeeding = probe.live({POINTS}, {EVERY_MS})")
        page.wait_for_timeout(4_000)
        share = cpu_share(page, seconds=15)
        gaps: list[float] = page.evaluate("probe.frames(8000)")
        charts = page.locator("[data-testid^=chart-]")
        points = [int(chart.get_attribute("data-samples") or 0) for chart in charts.all()]
    return {
        "cpu": share,
        "fps": 1000 * len(gaps) / sum(gaps),
        "late": 100 * sum(gap > 34 for gap in gaps) / len(gaps),
        "charts": float(sum(count > POINTS * 0.9 for count in points)),
        "points": float(max(points)),
    }


def paint(cores: Cores) -> Sample:
    """Watch a page at one reading a second; return how long a sample takes to be seen."""
    with opened(cores) as (browser, address):
        page = live_page(browser, address)
        page.evaluate("probe.watch()")
        share = cpu_share(page, seconds=40)
        times: list[float] = page.evaluate("probe.paints")
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "cpu": share}


def day(cores: Cores) -> Sample:
    """Let 24 hours pass in the page; return how its memory has grown since the first."""
    with opened(cores) as (browser, address):
        page = live_page(browser, address)
        tools = page.context.new_cdp_session(page)
        first = held(page, tools, hours=1)
        last = held(page, tools, hours=23)
    return {
        "growth": last["heap"] - first["heap"],
        "first": first["heap"],
        "last": last["heap"],
        "nodes": last["nodes"] - first["nodes"],
    }


def held(page: Any, tools: Any, *, hours: int) -> Sample:
    """Let hours pass; return the heap in MB and the number of DOM nodes after a collection."""
    page.evaluate(f"probe.hours({hours})")
    page.wait_for_timeout(1_000)
    tools.send("HeapProfiler.collectGarbage")
    counters = tools.send("Memory.getDOMCounters")
    return {"heap": tools.send("Runtime.getHeapUsage")["usedSize"] / 2**20, "nodes": float(counters["nodes"])}


def cpu_share(page: Any, *, seconds: int) -> float:
    """Return what Chromium uses of a core over some seconds, in percent."""
    before, started = chromium_seconds(), time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    return 100 * (chromium_seconds() - before) / (time.monotonic() - started)


def chromium_seconds() -> float:
    """Return the CPU seconds of every process of the Chromium that this process has started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                times = process.cpu_times()
                total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total


def live_page(browser: Any, address: str) -> Any:
    """Return a page that is connected and shows readings."""
    context = browser.new_context(storage_state=signed_in(browser, address), viewport=VIEW)
    context.add_init_script(path=BENCH / "dashboard_probe.js")
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("() => probe.template !== null")
    page.wait_for_function("() => Number(document.querySelector('[data-testid=chart-cpuUsage]')?.dataset.samples) > 2")
    return page


def signed_in(browser: Any, address: str) -> Any:
    """Sign in once; return the cookies."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.fill("input[name=username]", NAME)
    page.fill("input[name=password]", SECRET)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=connection-pill][data-state=connected]")
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def opened(cores: Cores) -> Iterator[tuple[Any, str]]:
    """Start a server with its detector, and a Chromium on the client's core.

    Raises:
        Unavailable: without Playwright, without a Chromium, or when the front end is not built.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise Unavailable("the page is measured through Playwright; install the development packages") from None
    program = os.environ.get("CHROMIUM") or next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        raise Unavailable("there is no Chromium; apt install chromium, or set CHROMIUM to the path of one")
    if not (REPOSITORY / "dashboard" / "static" / "dashboard" / "manifest.json").exists():
        raise Unavailable("the front end is not built; make setup builds it")
    with tempfile.TemporaryDirectory(prefix="presence-bench-page-") as folder:
        server, address = serve(Path(folder), cores)
        mine = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {cores.client})  # what Playwright starts inherits it
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
                yield browser, address
                browser.close()
        finally:
            os.sched_setaffinity(0, mine)
            server.stop()


def serve(folder: Path, cores: Cores) -> tuple[Pinned, str]:
    """Start ``manage.py serve`` with an administrator; return it and its address."""
    port = free_port()
    environment = {
        "PRESENCE_DATA_DIR": str(folder),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "REDIS_URL": "",
        "DATABASE_URL": "",
        "PRESENCE_ADMIN_USERNAME": NAME,
        "PRESENCE_ADMIN_PASSWORD": SECRET,
        "WS_MAX_CONNECTIONS_PER_USER": "100",
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=REPOSITORY, env={**os.environ, **environment}, check=True, timeout=120)
    command = [sys.executable, "manage.py", "serve", "--migrate"]
    server = Pinned(command, core=cores.server, folder=REPOSITORY, environment=environment)
    try:
        wait_for_port(port, server, 60)
    except BaseException:
        server.stop()
        raise
    return server, f"http://127.0.0.1:{port}/"
