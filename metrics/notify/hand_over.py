"""Hands one notification to apprise, in a process that ends with it: ``python -I hand_over.py < request.json``.

Why a process: apprise loads 60 MB of plug-ins that a detector should not carry; a hand-over that hangs can be killed;
and what an address can make a plug-in do ends here. The process has no secrets in its environment, writes no
files, and where the kernel has Landlock it can read nothing but the interpreter, its packages and the
system's configuration: an address that names a file as a template or attachment gets nothing out of the data folder.

The request is ``{"do": "check" | "send", "url", "title"?, "body"?, "kind"?}``, the answer
``{"ok", "error"?, "service"?, "masked"?}``. Imports nothing of Presence.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_WORDS = (
    "bark dingtalk discord feishu form forms gchat gotify gotifys hassio hassios json jsons lark line mailto mailtos "
    "matrix matrixs mmost mmosts ntfy ntfys opsgenie pagerduty pover pushdeer pushdeers pushplus rocket rockets schan "
    "signal signals slack spugpush tgram twilio wecombot webex wxpusher wxteams workflow workflows xml xmls zulip"
)
SERVICES = frozenset(_WORDS.split())
"""What an address may begin with. Left out: what acts on this machine (desktop, syslog, …) and what asks for files."""
FILE_PARAMETERS = frozenset({"template", "keyfile", "subfile", "pgp", "pgppub", "pgpkey", "attach", "smime"})
"""Parameters by which a plug-in would read a file or fetch an address of its own choosing."""
READABLE = ("/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/dev/urandom", "/dev/null")

Answer = dict[str, Any]


class Lines(logging.Handler):
    """Keeps the last thing that apprise complained of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.last = record.getMessage()


def answer(request: dict[str, Any]) -> Answer:
    """Carry out one request."""
    import apprise

    lines = Lines()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [lines], False
    url = as_service(str(request["url"]).strip())
    if refused := refusal(url):
        return {"ok": False, "error": refused}
    asset = apprise.AppriseAsset(
        app_id="Presence", app_desc="Presence", app_url="", plugin_paths=[], storage_mode="memory", secure_logging=True
    )
    service: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        if url.startswith(("http://", "https://")):
            return {"ok": False, "error": "For a webhook write json:// for http:// and jsons:// for https://."}
        return {"ok": False, "error": without_secrets(lines.last, url) or "The address can't be read."}
    schemas = set(service.schemas())
    if not schemas & SERVICES:
        return {"ok": False, "error": f"{service.service_name} is not among the services that can be used."}
    if request["do"] == "check":
        return {"ok": True, "service": str(service.service_name), "masked": masked(service.url(privacy=True))}
    sent = service.notify(body=request["body"], title=request["title"], notify_type=request["kind"])
    return {"ok": True} if sent else {"ok": False, "error": without_secrets(lines.last, url) or "It was refused."}


def as_service(url: str) -> str:
    """Return the addresses that DingTalk and Feishu show for their robots as apprise reads them; others as they are."""
    parts = urlsplit(url) if url.startswith("https://") else None
    if parts is None:
        return url
    if parts.hostname == "oapi.dingtalk.com" and (token := dict(parse_qsl(parts.query)).get("access_token")):
        return f"dingtalk://{token}/"
    if parts.hostname == "open.feishu.cn" and "/bot/v2/hook/" in parts.path:
        return f"feishu://{parts.path.rsplit('/', 1)[-1]}/"
    return url


def masked(url: str) -> str:
    """Return what may be shown of an address that apprise has masked: no parameters, and of a webhook no path."""
    address = url.partition("?")[0]
    scheme, _, rest = address.partition("://")
    if scheme.rstrip("s") in ("json", "xml", "form"):
        host, _, path = rest.partition("/")
        address = f"{scheme}://{host}/{'***' if path else ''}"
    return address[:300]


def refusal(url: str) -> str:
    """Tell why an address is not even looked at; "" when it is."""
    try:
        parts = urlsplit(url)
        names = {name.lower().lstrip("+-:") for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        return "The address can't be read."
    if not parts.scheme:
        return "An address begins with a service, for instance mailtos://, jsons://, slack:// or dingtalk://."
    if used := names & FILE_PARAMETERS:
        return f"The parameter {sorted(used)[0]} is not allowed: it would read a file of the server."
    return ""


def without_secrets(text: str, url: str) -> str:
    """Cut every part of an address out of a text that is shown."""
    parts = urlsplit(url)
    pieces = [parts.username, parts.password, parts.query, *parts.path.split("/")]
    pieces += [value for _, value in parse_qsl(parts.query)]
    for piece in sorted(
        {unquote(piece) for piece in pieces if piece} | {p for p in pieces if p}, key=len, reverse=True
    ):
        if len(piece) >= 4:
            text = text.replace(piece, "***")
    return text[:300]


# --- the walls ---


def confine() -> None:
    """Give up what is not needed; what the kernel does not know is left out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    with suppress(OSError):
        landlock([*READABLE, sys.prefix, sys.base_prefix, *(path for path in sys.path if path)])


def landlock(readable: list[str]) -> None:
    """Let this process read below the given paths and nowhere else, and write nowhere (Linux 5.13 and newer).

    Raises:
        OSError: when the kernel has no Landlock.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    create, add, restrict = 444, 445, 446  # the same on every architecture
    read_file, read_dir, every = 1 << 2, 1 << 3, (1 << 13) - 1
    handled = struct.pack("Q", every)
    ruleset = libc.syscall(create, handled, len(handled), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "no Landlock")
    for path in readable:
        with suppress(FileNotFoundError, PermissionError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = read_file | (read_dir if Path(path).is_dir() else 0)
            libc.syscall(add, ruleset, 1, struct.pack("=Qi", allowed, place), 0)
            os.close(place)
    no_new_privileges = 38
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.syscall(restrict, ruleset, 0):
        raise OSError(ctypes.get_errno(), "Landlock refused")
    os.close(ruleset)


def main() -> None:
    """Read a request from standard input, write the answer to standard output."""
    request = json.load(sys.stdin)
    confine()
    try:
        result = answer(request)
    except Exception as error:  # whatever a plug-in raises is an answer: this process has no other use for it
        result = {
            "ok": False,
            "error": without_secrets(f"{type(error).__name__}: {error}", str(request.get("url", ""))),
        }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
