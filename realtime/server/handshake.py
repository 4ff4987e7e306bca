"""The request that asks for a WebSocket: parsed and checked as RFC 6455, 4.2.1 wants it. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_HEAD = 65536
"""Bytes of request line and headers that a handshake may have, as many as uvicorn's h11 protocol reads."""

Headers = list[tuple[bytes, bytes]]

REQUEST_LINE = re.compile(rb"([A-Z]+) ([!-~]+) HTTP/(\d\.\d)")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
BARE_LINE_END = re.compile(rb"\n\r?\n")
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "


class BadHandshake(Exception):
    """A request that is answered with ``status`` and a sentence."""

    def __init__(self, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = list(headers)


class Request(NamedTuple):
    """A request's head; header names are in lower case."""

    method: bytes
    target: bytes
    version: bytes
    headers: Headers
    fields: dict[bytes, bytes]
    """The same by name; a header that came in several lines is one list with commas (RFC 9110, 5.3)."""

    def tokens(self, name: bytes) -> list[bytes]:
        """The members of a header that is a list."""
        return [token for member in self.fields.get(name, b"").split(b",") if (token := member.strip())]

    def asks_for_websocket(self) -> bool:
        """Whether this is an upgrade to WebSocket, right or wrong in the rest."""
        return b"websocket" in self._lower(b"upgrade") and b"upgrade" in self._lower(b"connection")

    def _lower(self, name: bytes) -> list[bytes]:
        return [token.lower() for token in self.tokens(name)]


def parse_request(head: bytes) -> Request:
    """Parse request line and headers, without the empty line. ``BadHandshake`` where the syntax is wrong."""
    request_line, *lines = head.split(b"\r\n")
    request = REQUEST_LINE.fullmatch(request_line)
    if request is None:
        raise BadHandshake(400, "The request line is malformed.")
    headers: Headers = []
    fields: dict[bytes, bytes] = {}
    for line in lines:
        header = HEADER.fullmatch(line)
        if header is None:
            raise BadHandshake(400, "A header line is malformed.")
        name, value = header[1].lower(), header[2].rstrip(b" \t")
        headers.append((name, value))
        fields[name] = value if name not in fields else fields[name] + b", " + value
    return Request(request[1], request[2], request[3], headers, fields)


def check_handshake(request: Request) -> str:
    """Check what RFC 6455, 4.2.1 asks of a request for an upgrade; return the key. Raises ``BadHandshake``."""
    if request.method != b"GET":
        raise BadHandshake(405, "A WebSocket handshake is a GET request.", (b"allow", b"GET"))
    if request.version != b"1.1":
        raise BadHandshake(400, "A WebSocket handshake needs HTTP/1.1.")
    fields = request.fields
    if b"," in fields.get(b"host", b","):
        raise BadHandshake(400, "A WebSocket handshake needs exactly one Host header.")
    if b"transfer-encoding" in fields or fields.get(b"content-length", b"0") != b"0":
        raise BadHandshake(400, "A WebSocket handshake has no body.")
    if fields.get(b"sec-websocket-version") != b"13":
        raise BadHandshake(426, "Only version 13 of WebSocket is spoken here.", (b"sec-websocket-version", b"13"))
    return _check_key(fields.get(b"sec-websocket-key", b""))


def _check_key(key: bytes) -> str:
    try:
        nonce = base64.b64decode(key, validate=True)
    except binascii.Error:
        nonce = b""
    if len(nonce) != 16:
        raise BadHandshake(400, "A WebSocket handshake needs one Sec-WebSocket-Key, 16 bytes in base64.")
    return key.decode()


def header_lines(headers: Headers) -> bytes:
    """Serialise headers that an application gave. ``RuntimeError`` on one that would end its line early."""
    lines = []
    for name, value in headers:
        line = name + b": " + value
        if HEADER.fullmatch(line) is None:
            raise RuntimeError(f"Invalid HTTP header {name!r}.")
        lines.append(line + b"\r\n")
    return b"".join(lines)


def origin_form(target: bytes) -> bytes:
    """``/path?query`` of an absolute target, which servers have to take too (RFC 9112, 3.2.2). ``BadHandshake``."""
    try:
        url = urlsplit(target)
    except ValueError:
        raise BadHandshake(400, "The request's target is no address.") from None
    return (url.path or b"/") + (b"?" + url.query if url.query else b"")
