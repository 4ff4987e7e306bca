"""Who may open a socket: the Origin check, the credential that was shown, the identity behind it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from accounts.identity import Credential

Scope = dict[str, Any]
TOKEN_SUBPROTOCOL = "presence.token."  # noqa: S105 - a prefix, no secret
"""A page on an allowed origin can't set headers: it offers its token as a subprotocol, which is never echoed."""


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of that lower-case name, or the empty string."""
    for key, value in scope["headers"]:  # half the price of a generator, four times a handshake
        if key == name:
            return str(value, "latin-1")
    return ""


def credential_of(scope: Scope) -> Credential | None:
    """Return what the client showed: an ``Authorization: Token``, a token subprotocol, or the session cookie."""
    kind, _, key = header(scope, b"authorization").partition(" ")
    if kind.lower() == "token" and key.strip():
        return Credential(token=key.strip())
    for offered in scope.get("subprotocols", []):
        if offered.startswith(TOKEN_SUBPROTOCOL) and (key := offered[len(TOKEN_SUBPROTOCOL) :]):
            return Credential(token=key)
    if session := _cookie(scope, settings.SESSION_COOKIE_NAME):
        return Credential(session=session)
    return None


def _cookie(scope: Scope, name: str) -> str:
    return parse_cookie(header(scope, b"cookie")).get(name, "")


def origin_allowed(scope: Scope, credential: Credential | None, allowed: Iterable[str] | None = None) -> bool:
    """Tell whether a page of that origin may open a socket.

    A cookie is sent by the browser on its own, so it counts only from our own or an allowed origin. A token has to be
    put there by whoever holds it: a program that sends no Origin passes with one.
    """
    origin = header(scope, b"origin")
    if not origin:
        return credential is None or not credential.session
    if origin in (settings.PRESENCE_ALLOWED_ORIGINS if allowed is None else allowed):
        return True
    return _ours(origin, header(scope, b"host"), settings.SESSION_COOKIE_SECURE, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=128)
def _ours(origin: str, host: str, https: bool, hosts: tuple[str, ...]) -> bool:
    """Tell whether a page of ``origin`` came from the ``host`` that the socket is asked of, and that is one of ours.

    An address that merely leads here (DNS rebinding) is as foreign as any other, and where the site is reached over
    HTTPS alone, so is a page that came without it.
    """
    scheme, _, address = origin.partition("://")
    if scheme != "https" and (https or scheme != "http"):
        return False
    usual = "443" if scheme == "https" else "80"
    (domain, port), (own_domain, own_port) = split_domain_port(address), split_domain_port(host)
    if not domain or (domain, port or usual) != (own_domain, own_port or usual):
        return False
    return validate_host(domain, hosts)


def choose_subprotocol(offered: Iterable[str]) -> tuple[str, str | None]:
    """Return the protocol version to speak and the subprotocol to confirm: 1.0 without one."""
    if "presence.v1.1" in offered:
        return "1.1", "presence.v1.1"
    if "presence.v1.0" in offered:
        return "1.0", "presence.v1.0"
    return "1.0", None
