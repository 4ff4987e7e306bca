"""HTTP with the standard library: one connection that stays, the certificate checked, the token in a header."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from metrics.agent.sender import Answer

PATH = "/api/v1/ingest/status"
TIMEOUT = 15.0
LONGEST_ANSWER = 1_000_000


class HttpTransport:
    """Posts to one server.

    Raises:
        ValueError: when the URL is none that it can use.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must begin with https:// (or http://) and name a server")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must hold neither a name, a password nor a query: the token goes into a file")
        self._host, self._port = parts.hostname, parts.port
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._path = parts.path.rstrip("/") + PATH
        self._headers = {
            "Authorization": f"Token {token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        self._connection: http.client.HTTPConnection | None = None
        self.encrypted = self._context is not None

    def post(self, body: bytes) -> Answer:
        """Send one body; a connection that the server closed meanwhile is opened again, once."""
        for fresh in (self._connection is None, True):
            try:
                return self._post(body)
            except (http.client.HTTPException, OSError) as error:
                self.close()
                if fresh:
                    raise OSError(str(error) or type(error).__name__) from None
        raise AssertionError("unreachable")

    def _post(self, body: bytes) -> Answer:
        if self._connection is None:
            self._connection = self._open()
        self._connection.request("POST", self._path, body, self._headers)
        response = self._connection.getresponse()
        data = response.read(LONGEST_ANSWER)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, _json(data), _seconds(response.getheader("Retry-After")))

    def _open(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        return http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._context)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: str | None) -> float | None:
    try:
        return min(60.0, max(0.1, float(text))) if text else None
    except ValueError:
        return None
