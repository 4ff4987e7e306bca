"""Origin, credential, subprotocol."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.identity import Credential
from realtime.auth import choose_subprotocol, credential_of, origin_allowed


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["presence.example", "[::1]"]


def make_scope(*, subprotocols: tuple[str, ...] = (), **headers: str) -> dict[str, Any]:
    values = {"host": "presence.example:8000", **headers}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in values.items() if value]
    return {"type": "websocket", "headers": pairs, "subprotocols": list(subprotocols)}


@pytest.mark.parametrize("value", ["Token abc", "token abc", "TOKEN  abc "])
def test_a_token_comes_in_the_authorization_header(value: str) -> None:
    assert credential_of(make_scope(authorization=value)) == Credential(token="abc")


@pytest.mark.parametrize("value", ["Bearer abc", "Token", "Token  ", "abc"])
def test_other_authorization_headers_are_no_credential(value: str) -> None:
    assert credential_of(make_scope(authorization=value)) is None


def test_a_token_comes_in_a_subprotocol() -> None:
    scope = make_scope(subprotocols=("presence.v1.1", "presence.token.abc"))
    assert credential_of(scope) == Credential(token="abc")


def test_a_session_comes_in_the_cookie() -> None:
    assert credential_of(make_scope(cookie="x=1; presence_session=key; y=2")) == Credential(session="key")


def test_a_token_wins_over_a_session() -> None:
    scope = make_scope(cookie="presence_session=key", authorization="Token abc")
    assert credential_of(scope) == Credential(token="abc")


@pytest.mark.parametrize("cookie", ["", "presence_session=", ";;;", "=\x00", "other=1", "ü=ö"])
def test_a_strange_cookie_is_no_credential(cookie: str) -> None:
    assert credential_of(make_scope(cookie=cookie)) is None


def test_a_subprotocol_without_a_token_is_no_credential() -> None:
    assert credential_of(make_scope(subprotocols=("presence.token.",))) is None


SESSION, TOKEN = Credential(session="key"), Credential(token="abc")


@pytest.mark.parametrize("origin", ["http://presence.example:8000", "https://PRESENCE.example:8000"])
@pytest.mark.parametrize("credential", [SESSION, TOKEN, None])
def test_our_own_pages_may_open_sockets(origin: str, credential: Credential | None) -> None:
    assert origin_allowed(make_scope(origin=origin), credential, [])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://presence.example", "presence.example:443"),
        ("https://presence.example:443", "presence.example"),
        ("http://presence.example", "presence.example:80"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://[::1]", "[::1]"),
    ],
)
def test_the_usual_port_may_be_left_out(origin: str, host: str) -> None:
    assert origin_allowed(make_scope(origin=origin, host=host), SESSION, [])


@pytest.mark.parametrize("host", ["evil.example:8000", "", "presence.example,evil.example", "a]b", "[::1"])
def test_an_address_that_merely_leads_here_is_foreign(host: str) -> None:
    assert not origin_allowed(make_scope(origin=f"http://{host}", host=host), SESSION, [])


def test_where_the_site_is_reached_over_https_a_page_that_was_not_is_foreign(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    assert not origin_allowed(make_scope(origin="http://presence.example:8000"), SESSION, [])
    assert origin_allowed(make_scope(origin="https://presence.example:8000"), SESSION, [])


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://[::1",
        "http://a]b",
        "http://presence.example:99999999999",
        "http://presence.example:8000@evil.example",
        "http://presence.example:8000/",
        "http://presence.example:8000, http://evil.example",
        "HTTP://",
        "://",
        "http://presence.example",
        "http://presence.example:8001",
        "https://presence.example.evil.example:8000",
        "null",
        "file://presence.example:8000",
        "presence.example:8000",
    ],
)
@pytest.mark.parametrize("credential", [SESSION, TOKEN, None])
def test_foreign_pages_may_not(origin: str, credential: Credential | None) -> None:
    assert not origin_allowed(make_scope(origin=origin), credential, [])


def test_a_foreign_page_may_when_its_origin_is_allowed() -> None:
    scope = make_scope(origin="https://wall.example")
    assert origin_allowed(scope, TOKEN, ["https://wall.example"])
    assert not origin_allowed(scope, TOKEN, ["https://wall.example:444"])


def test_a_program_with_a_token_needs_no_origin() -> None:
    assert origin_allowed(make_scope(), TOKEN, [])


def test_a_session_without_an_origin_is_refused() -> None:
    assert not origin_allowed(make_scope(), SESSION, [])


def test_a_stranger_without_an_origin_gets_to_hear_why_not() -> None:
    assert origin_allowed(make_scope(), None, [])


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], ("1.0", None)),
        (["presence.v1.0"], ("1.0", "presence.v1.0")),
        (["presence.v1.0", "presence.v1.1"], ("1.1", "presence.v1.1")),
        (["presence.v9", "graphql-ws"], ("1.0", None)),
        (["presence.v1.1", "presence.token.secret"], ("1.1", "presence.v1.1")),
        (["presence.token.secret"], ("1.0", None)),
    ],
)
def test_the_newest_known_version_is_chosen_and_a_token_never_echoed(
    offered: list[str], chosen: tuple[str, str | None]
) -> None:
    assert choose_subprotocol(offered) == chosen
