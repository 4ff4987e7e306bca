"""Processes that a test starts, and the ports they listen on."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support.environment import ROOT

STOP_SECONDS = 30.0
STARTED: list[Process] = []
"""What the running test has started, so that a failure can show what it said."""


def free_port() -> int:
    """Return a port that nobody listens on, below those that the kernel gives to outgoing connections."""
    numbers = random.SystemRandom()
    while True:
        port = numbers.randint(12_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Process:
    """One process of ours; everything it says goes to a file."""

    def __init__(
        self, name: str, command: Sequence[str], *, environ: Mapping[str, str], log: Path, user: int | None = None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environ = dict(environ)
        self.log = log
        self.user = user
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                env=self.environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
        if self not in STARTED:
            STARTED.append(self)
        return self

    @property
    def running(self) -> bool:
        """Tell whether it lives."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def output(self) -> str:
        """All that it has said so far, over every start."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.popen is not None
        self.popen.send_signal(number)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end and return the exit code."""
        assert self.popen is not None
        return self.popen.wait(seconds)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, wait, and return the exit code."""
        self.send(number)
        return self.wait()

    def kill(self) -> None:
        """End it without asking."""
        if self.running:
            self.send(signal.SIGKILL)
            self.wait()


def run(
    command: Sequence[str], *, environ: Mapping[str, str], seconds: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; standard output and errors come back as text."""
    return subprocess.run(
        command, env=dict(environ), cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
    )


def another_user() -> int | None:
    """Return the id of a user without rights when we are root (PostgreSQL refuses to run as root), else None."""
    return 65534 if os.geteuid() == 0 else None
