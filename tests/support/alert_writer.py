"""A process beside the server that writes alert transitions the way a detector does, when it is told to."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.environment import PYTHON, ROOT


class Row(NamedTuple):
    """One transition as it stands in the database."""

    id: int
    alert: int
    state: str
    level: str
    timestamp: int

    @property
    def seen(self) -> Seen:
        """What a client can see of it."""
        return Seen(self.alert, self.state, self.level, self.timestamp)


class Seen(NamedTuple):
    """One transition as it came over the wire."""

    alert: int
    state: str
    level: str
    timestamp: int


class AlertWriter:
    """One such process; calls wait for its answer."""

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        self._lock = threading.Lock()
        with log.open("ab") as errors:
            self._popen = subprocess.Popen(
                [PYTHON, "-m", "tests.support.alert_writer_process"],
                # It raises the same alert again and again on purpose.
                env={**environ, "DJANGO_SETTINGS_MODULE": "presence_site.settings", "PRESENCE_FLAP_RAISES": "0"},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._log = log

    def do(self, command: str, **arguments: Any) -> Any:
        """Carry out one command of ``alert_writer_process.py`` and return its answer."""
        assert self._popen.stdin is not None and self._popen.stdout is not None
        with self._lock:
            self._popen.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self._popen.stdin.flush()
            answer = self._popen.stdout.readline()
        assert answer, self._log.read_text(errors="replace")
        return json.loads(answer)

    async def later(self, command: str, **arguments: Any) -> Any:
        """The same without holding up the event loop."""
        return await asyncio.to_thread(self.do, command, **arguments)

    def rows(self) -> list[Row]:
        """Return every transition in the database."""
        return [Row(*row) for row in self.do("rows")]

    def end(self) -> None:
        """End the process."""
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._popen.kill()
        self._popen.wait()
        self._popen.stdin.close()
        self._popen.stdout.close()


@contextmanager
def alert_writer(environ: Mapping[str, str], folder: Path, name: str = "writer") -> Iterator[AlertWriter]:
    """A writer on the database and the Redis of ``environ``, with one rule that fires at once."""
    writer = AlertWriter(environ, folder / f"{name}.log")
    try:
        writer.do("prepare")
        yield writer
    finally:
        writer.end()
