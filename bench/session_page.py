"""Two people in one session: from a key in one Chromium page to the paint in the other."""

from __future__ import annotations

from statistics import quantiles
from typing import Any

from bench.comparison import Comparison
from bench.dashboard import opened, signed_in
from bench.machine import Cores
from bench.samples import Sample
from bench.scenarios import Column

KEYS = 120
EVERY_MS = 80
WATCH = """() => {
    window.painted = []
    const content = document.querySelector('[data-testid=sql-editor]').shadowRoot.querySelector('.cm-content')
    new MutationObserver(() => {
        const length = content.textContent.length
        const seen = () => painted.push([length, performance.timeOrigin + performance.now()])
        requestAnimationFrame(() => setTimeout(seen))
    }).observe(content, {subtree: true, childList: true, characterData: true})
}"""
"""Length of the text and epoch ms, as soon as the frame that shows it is done."""
PRESSED = """() => {
    window.pressed = []
    addEventListener('keydown', () => pressed.push(performance.timeOrigin + performance.now()), true)
}"""


def scenarios() -> list[Comparison]:
    """Return the table of two pages in one session."""
    return [
        Comparison(
            "session-paint",
            "A shared session: from a key in one page to the paint in another",
            {"presence": paint},
            (Column("p50", "p50 ms"), Column("p95", "p95 ms", headline=True)),
            notes="12 keys a second in real Chromium pages, both on the client's core.",
            tags=frozenset({"collab", "dashboard"}),
        )
    ]


def paint(cores: Cores) -> Sample:
    """Type in one page, and time each letter in the other."""
    with opened(cores) as (browser, address):
        state = signed_in(browser, address)
        one, two = (browser.new_context(storage_state=state).new_page() for _ in range(2))
        one.goto(f"{address}sessions")
        one.get_by_test_id("new-session").click()
        one.wait_for_selector("[data-testid=session][data-joined=true]")
        two.goto(one.url)
        two.wait_for_selector("[data-testid=session][data-joined=true]")
        return typed(one, two)


def typed(one: Any, two: Any) -> Sample:
    """Return how long letters took from ``one`` to ``two``."""
    two.evaluate(WATCH)
    one.evaluate(PRESSED)
    one.locator(".cm-content").click()
    one.keyboard.type("x" * KEYS, delay=EVERY_MS)
    two.wait_for_function(f"() => painted.some(([length]) => length >= {KEYS})")
    pressed: list[float] = one.evaluate("pressed")
    painted: list[tuple[int, float]] = two.evaluate("painted")
    waits = []
    for number, at in enumerate(pressed[:KEYS], start=1):
        waits.append(next(seen for length, seen in painted if length >= number) - at)
    cuts = quantiles(waits, n=100)
    return {"p50": cuts[49], "p95": cuts[94]}
