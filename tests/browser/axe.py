"""What axe-core, the accessibility checker of Deque, says about a page."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.environment import ROOT

SERIOUS = ("serious", "critical")


@cache
def _source() -> str:
    return (ROOT / "dashboard" / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()


def assert_accessible(page: Page, where: str = "") -> None:
    """Check a page as it stands against WCAG 2.2 A and AA: no serious violation.

    Args:
        page: any page; axe is put into it past the content security policy, as a developer's tools are.
        where: named when it fails.
    """
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})).violations"
    )
    serious = [
        f"{where} {one['id']}: {node['html'][:200]} {[check['message'] for check in node['any']]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
    assert not serious, "\n".join(serious)
