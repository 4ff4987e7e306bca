"""Nothing is open by default: every address there is, asked by somebody who has shown nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

OPEN = {
    "livez",  # says that the process answers
    "system/health",  # and this one a status alone
    "api/v1/system/health",
    "api/v1/auth/session",  # who is signed in; signing in
    "api/v1/auth/token",  # signing in
    "api/v1/auth/setup",  # with the one-time link
}
"""What answers strangers; beside the pages, which hold nothing, and the admin, which asks who it is itself."""
METHODS = ("get", "post", "put", "patch", "delete", "head")
ARGUMENTS = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000001", "str": "x", "path": "x", "slug": "x"}


def addresses(patterns: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield each pattern of the site with an address that it matches."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, re.sub(r"<(?:(\w+):)?\w+>", lambda found: ARGUMENTS[found[1] or "str"], route)


def of_the_api() -> list[tuple[str, str]]:
    """Return what answers with data; without the public page, which is closed here, and what is not there."""
    found = addresses(get_resolver().url_patterns)
    short = ("status", "history", "stats", "system/", "ws/", "metrics", "livez")
    return [(r, a) for r, a in found if r.startswith(("api/v1/", *short)) and not r.startswith("api/v1/public/")]


ALL = of_the_api()


@pytest.mark.parametrize(("route", "address"), ALL, ids=[route for route, _ in ALL])
def test_an_address_tells_strangers_nothing_and_lets_them_change_nothing(route: str, address: str) -> None:
    client = Client(raise_request_exception=False)
    codes = {method: getattr(client, method)(f"/{address}").status_code for method in METHODS}
    if route in OPEN:
        assert set(codes.values()) <= {200, 204, 403, 405, 415}
    else:
        assert set(codes.values()) <= {401, 403, 405}, codes


@pytest.mark.parametrize("path", ["hosts", "history?host=a", "alerts"])
def test_the_public_page_is_closed_unless_it_was_opened(path: str) -> None:
    assert Client().get(f"/api/v1/public/{path}").status_code == 404


def test_the_admin_asks_who_it_is() -> None:
    routes = [address for route, address in addresses(get_resolver().url_patterns) if route.startswith("admin/")]
    assert len(routes) > 50
    for address in routes:
        if "(" not in address and address not in ("admin/login/", "admin/logout/", "admin/jsi18n/"):
            answer = Client().get(f"/{address}")
            assert answer.status_code == 302 and "/admin/login/" in answer.headers["Location"], address


def test_the_list_of_what_is_open_names_nothing_that_is_gone() -> None:
    assert {route for route, _ in ALL} >= OPEN and len(ALL) > 60
