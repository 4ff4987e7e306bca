"""The compiled load client, driven over its standard input."""

from __future__ import annotations

import json
import select
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cache import compiled
from bench.processes import Pinned

SOURCES = [f"127.0.1.{number}" for number in range(1, 9)]
"""Source addresses in turn: one has 28,000 ports, and those of closed sockets rest for a while."""
PING = '{"id":"p","type":"system","timestamp":0,"action":"ping"}'


def subscribe_text(**payload: object) -> str:
    """Return a ``subscribe`` to status without history, with more options in ``payload``."""
    wanted = {"types": ["status"], "history": 0, **payload}
    message = {"id": "s", "type": "config", "timestamp": 0, "action": "subscribe", "payload": wanted}
    return json.dumps(message, separators=(",", ":"))


@dataclass(frozen=True)
class Sockets:
    """How many sockets, and of which kind. ``subscribes`` are dealt out in turn; ``slow`` of them stop reading.

    ``greeted``: the server speaks first, and the subscription follows its message.
    """

    count: int
    subscribes: Sequence[str] = (subscribe_text(),)
    concurrency: int = 200
    slow: int = 0
    connect_seconds: float = 60.0
    greeted: bool = True


class ClientFailed(Exception):
    """The load client ended or did not answer."""


class LoadClient:
    """One load client for one server. Every method returns the client's JSON answer (times in ms, see the README)."""

    def __init__(self, *, port: int, headers: Path | None, sockets: Sockets, core: int) -> None:
        command: list[str | Path] = [compiled("load"), "--port", str(port), "--path", "/ws"]
        command += ["--after", "message" if sockets.greeted else "open"]
        command += ["--ready", '"subscribed"', "--ping", PING, "--pong", '"pong"']
        command += ["--sockets", str(sockets.count), "--concurrency", str(sockets.concurrency)]
        command += ["--connect-timeout", str(sockets.connect_seconds), "--slow", str(sockets.slow)]
        for text in sockets.subscribes:
            command += ["--subscribe", text]
        for source in SOURCES:
            command += ["--source", source]
        if headers is not None:
            command += ["--headers", headers]
        self._sockets = sockets
        self._process = Pinned(command, core=core, piped=True)

    def connect(self) -> dict[str, Any]:
        """Open and subscribe all sockets."""
        return self._ask("connect", self._sockets.connect_seconds + 30)

    def measure(self, seconds: float, *, drain: float = 0.0, pings: float = 0.0) -> dict[str, Any]:
        """Count for ``seconds`` s, wait ``drain`` s more for what is under way; send ``pings`` a second meanwhile."""
        return self._ask(f"measure {seconds} {drain} {pings}", seconds + drain + 60)

    def close(self) -> dict[str, Any]:
        """Close all sockets with a closing handshake."""
        return self._ask("close", 60)

    def stop(self) -> None:
        """End the client; its sockets end with it."""
        self._process.stop()

    def _ask(self, command: str, seconds: float) -> dict[str, Any]:
        pipe_in, pipe_out = self._process.popen.stdin, self._process.popen.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        try:
            pipe_in.write(command + "\n")
            pipe_in.flush()
        except BrokenPipeError:
            raise ClientFailed(f"the load client ended: {self._process.log()}") from None
        if not select.select([pipe_out], [], [], seconds)[0]:
            raise ClientFailed(f"the load client did not answer {command!r} within {seconds:g} s")
        line = pipe_out.readline()
        if not line:
            raise ClientFailed(f"the load client ended: {self._process.log()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
