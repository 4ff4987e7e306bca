"""The SQL editor and its result, as a person uses them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT {columns} FROM n"
"""Any number of rows out of nothing, in SQLite's SQL."""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def write(page: Page, sql: str) -> None:
    """Replace the statement. The old one is deleted first: over a selection Chromium itself writes inline styles."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(sql)


def run(page: Page, sql: str, *, state: str = "completed") -> Locator:
    """Run a statement with the keyboard; return the line of its state once it is ``state``."""
    write(page, sql)
    page.keyboard.press("Control+Enter")
    status = page.get_by_test_id("run-status")
    expect(status).to_have_attribute("data-state", state)
    return status


def cells(page: Page, row: int) -> list[str]:
    """Return the texts of a row that is in sight; rows count from 0."""
    found = page.locator(f"[role=row][aria-rowindex='{row + 2}'] [role=gridcell]")
    expect(found.first).to_be_visible()
    return found.all_inner_texts()
