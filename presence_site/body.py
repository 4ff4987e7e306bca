"""How large the body of a request may be, told before it is read: Django keeps all that comes, in memory or on disk."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from presence_site.api import error_body


class _TooLarge(Exception):
    """More came than may."""


def bounded(application: Any) -> Any:
    """Return an ASGI application that refuses a body beyond ``DATA_UPLOAD_MAX_MEMORY_SIZE`` with 413."""

    async def wrapper(scope: dict[str, Any], receive: Any, send: Any) -> None:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if _announced(scope) > limit:
            await _refuse(send, limit)
            return
        read = 0

        async def receive_bounded() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:  # sent in chunks, without saying beforehand how much it is
                raise _TooLarge
            return message

        try:
            await application(scope, receive_bounded, send)
        except _TooLarge:
            await _refuse(send, limit)

    return wrapper


def _announced(scope: dict[str, Any]) -> int:
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(text) if text.isdigit() else 0


async def _refuse(send: Any, limit: int) -> None:
    body = json.dumps(error_body("TOO_LARGE", f"At most {limit:,} bytes at once.", {"limit": limit})).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    # what still comes would be read for nothing
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
