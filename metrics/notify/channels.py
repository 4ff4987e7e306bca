"""Hands messages over to channels, each in a process of its own; and the writes of channels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from metrics.models import Channel
from metrics.notify.secrets import SecretLost, decrypt, encrypt
from metrics.notify.text import Message

HAND_OVER = Path(__file__).with_name("hand_over.py")
PASSED_ON = (
    *("PATH", "LANG", "TZ", "HOME"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
"""All that the process gets to see of the environment: how to reach the network, no secrets."""


@dataclass(frozen=True)
class Outcome:
    """What came of it. ``error`` has no secrets in it and can be shown."""

    ok: bool
    error: str = ""
    service: str = ""
    masked: str = ""


def hand_over(*, channel: Channel, message: Message) -> Outcome:
    """Send one message to one channel; takes up to ``PRESENCE_NOTIFY_TIMEOUT`` s."""
    try:
        url = decrypt(channel.secret)
    except SecretLost as error:
        return Outcome(False, str(error))
    return _run({"do": "send", "url": url, "title": message.title, "body": message.body, "kind": message.kind})


def address_check(*, url: str) -> Outcome:
    """Tell whether an address can be used, by which service, and what it looks like without its secrets."""
    return _run({"do": "check", "url": url})


def address_set(*, channel: Channel, url: str, masked: str) -> None:
    """Give a channel an address; the caller saves it."""
    channel.secret, channel.masked, channel.last_error = encrypt(url), masked, ""


def _run(request: dict[str, Any]) -> Outcome:
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own file, and what comes from people goes in by standard input
            [sys.executable, "-I", str(HAND_OVER)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            env=environ,
            timeout=settings.PRESENCE_NOTIFY_TIMEOUT,
            check=False,
        )
        return Outcome(**json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return Outcome(False, f"No answer within {settings.PRESENCE_NOTIFY_TIMEOUT} s.")
    except (OSError, ValueError, TypeError):
        return Outcome(False, "The process that sends notifications failed.")
