"""Processes of the benchmark: started on one core, watched, ended by their own id. And a Redis of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from bench.cache import redis_server


def free_port() -> int:
    """Return a TCP port on the loopback address that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Pinned:
    """One process on one core, with its output in a file (or on a pipe, when it takes commands)."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        core: int,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        piped: bool = False,
    ) -> None:
        self._log = tempfile.NamedTemporaryFile(prefix="presence-bench-", suffix=".log")  # noqa: SIM115 - lives as long
        self.popen = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else self._log,
            stderr=self._log,
            text=True,
            # Before exec, so that every thread inherits it; the runner itself has one thread.
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509
        )
        self._process = psutil.Process(self.popen.pid)

    def log(self) -> str:
        """Return the end of what it printed, for an error message."""
        return Path(self._log.name).read_text(errors="replace").strip()[-600:]

    def ended(self) -> bool:
        """Tell whether it is gone."""
        return self.popen.poll() is not None

    def rss(self) -> int:
        """Return the resident bytes of the process and its children."""
        return sum(process.memory_info().rss for process in self._tree())

    def cpu(self) -> float:
        """Return the CPU seconds that the process and its living children have used."""
        return sum(times.user + times.system for times in (process.cpu_times() for process in self._tree()))

    def stop(self) -> None:
        """End it: politely, then not."""
        children = [] if self.ended() else self._process.children(recursive=True)
        for stop in (self.popen.terminate, self.popen.kill):
            if self.ended():
                break
            stop()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                continue
        for child in children:
            if child.is_running():
                child.kill()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                pipe.close()
        self._log.close()

    def _tree(self) -> list[psutil.Process]:
        if self.ended():
            return []
        return [self._process, *self._process.children(recursive=True)]


class Redis:
    """A private Redis on a free port, without persistence."""

    def __init__(self, core: int) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="presence-bench-redis-")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        # A slow subscriber is cut off by default after 32 MB; the textbook peer would be measured by that instead.
        options += ["--client-output-buffer-limit", "pubsub", "0", "0", "0", "--dir", self._folder.name]
        self._process = Pinned([redis_server(), *options], core=core)
        wait_for_port(self.port, self._process, 10)

    @property
    def url(self) -> str:
        """Return the address for clients."""
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Redis:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
        self._folder.cleanup()


def wait_for_port(port: int, process: Pinned, seconds: float) -> None:
    """Wait until ``process`` listens on ``port``, at most ``seconds`` s.

    Raises:
        RuntimeError: when it ends first, or does not listen in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.ended():
            raise RuntimeError(f"it ended at once: {process.log()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"it did not listen within {seconds:g} s: {process.log()}")
