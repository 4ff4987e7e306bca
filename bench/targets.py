"""What the scenarios need of a server that is measured."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.event import Load
from bench.machine import Cores
from bench.processes import Pinned, Redis


@dataclass(frozen=True)
class Place:
    """Where a server runs: its cores, the benchmark's Redis, how many sockets it must be ready for."""

    cores: Cores
    redis: Redis
    sockets: int


class Target(ABC):
    """One server. Made once, then started and stopped for each sample."""

    name: str
    lanes = False
    """Whether a subscription can ask for ``throttleMs`` and ``filter.hosts``."""
    urgent = False
    """Whether ``Load.priority`` means anything."""
    why_not: str = ""
    """Why it has no lanes."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._folder = tempfile.TemporaryDirectory(prefix="presence-bench-")
        self.folder = Path(self._folder.name)
        self.port = 0
        self.server: Pinned
        self._headers: list[str] | None = None

    def start(self) -> None:
        """Start the server with users who are signed in.

        Raises:
            RuntimeError: when it does not come up.
        """
        if self._headers is None:
            self._headers = self.sign_in(self.place.sockets)
        self.launch()
        lines = [f"{line}\tOrigin: http://127.0.0.1:{self.port}" for line in self._headers]
        self.headers.write_text("\n".join(lines) + "\n")

    @property
    def headers(self) -> Path:
        """Return the file with the headers of each socket."""
        return self.folder / "headers.txt"

    @abstractmethod
    def versions(self) -> str:
        """Return the versions that matter, for the report."""

    @abstractmethod
    def sign_in(self, count: int) -> list[str]:
        """Create ``count`` signed-in users; return a Cookie header of each."""

    @abstractmethod
    def launch(self) -> None:
        """Start the server on a free port and wait until it answers."""

    @abstractmethod
    def publish(self, load: Load) -> None:
        """Start to publish; returns at once."""

    @abstractmethod
    def published(self) -> int:
        """Return how many events were published since the start."""

    @abstractmethod
    def stop_publishing(self) -> None:
        """End what ``publish`` started."""

    def stop(self) -> None:
        """End the server."""
        self.server.stop()

    def discard(self) -> None:
        """Remove what it kept on disk."""
        self._folder.cleanup()


class HttpPublisher(Target):
    """A server with the publisher inside, switched over HTTP on ``/bench/...``."""

    def publish(self, load: Load) -> None:
        """Start to publish; returns at once."""
        self._call("POST", "/bench/publish", asdict(load))

    def published(self) -> int:
        """Return how many events were published since the start."""
        return int(self._call("GET", "/bench/state")["published"])

    def stop_publishing(self) -> None:
        """End what ``publish`` started."""
        self._call("POST", "/bench/stop", {})

    def wait_until_it_answers(self, seconds: float) -> None:
        """Wait at most ``seconds`` s.

        Raises:
            RuntimeError: when it ends first or stays silent.
        """
        deadline = time.monotonic() + seconds
        while not self.server.ended() and time.monotonic() < deadline:
            try:
                self._call("GET", "/bench/state")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"it did not come up: {self.server.log()}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
            response = connection.getresponse()
            answer = response.read()
            if response.status >= 400:
                raise RuntimeError(f"{path} answered {response.status}: {answer[:200]!r}")
            result: dict[str, Any] = json.loads(answer)
            return result
        finally:
            connection.close()
