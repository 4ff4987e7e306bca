"""A body that is too large is refused before it is read, announced or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from presence_site.body import bounded


@pytest.fixture(autouse=True)
def _limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Read all and answer with it, as Django does."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def call(*parts: bytes, announced: bool = True) -> tuple[int, bytes, int]:
    """Return status, body, and how many parts were read."""
    headers = [(b"content-length", str(sum(map(len, parts))).encode())] if announced else []
    left, sent = list(parts), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await bounded(echo)({"type": "http", "headers": headers}, receive, send)
    return sent[0]["status"], sent[1]["body"], len(parts) - len(left)


async def test_what_fits_is_passed_on() -> None:
    assert await call(b"12345", b"67890") == (200, b"1234567890", 2)


async def test_what_says_that_it_is_too_large_is_not_read() -> None:
    status, body, read = await call(b"12345", b"678901")
    assert (status, read) == (413, 0)
    assert json.loads(body)["error"] == {
        "code": "TOO_LARGE",
        "message": "At most 10 bytes at once.",
        "details": {"limit": 10},
    }


async def test_what_does_not_say_is_read_up_to_there() -> None:
    status, body, read = await call(*[b"1234567"] * 9, announced=False)
    assert (status, read) == (413, 2) and json.loads(body)["error"]["code"] == "TOO_LARGE"
