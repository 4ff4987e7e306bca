"""nginx with our own configuration, its addresses, ports and paths exchanged for those of a test."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.support.environment import ROOT
from tests.support.processes import Process, free_port, run
from tests.support.waiting import eventually

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def binary() -> str:
    """Return the path of nginx; system administration folders are not on everybody's PATH."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, "This test needs nginx: install the package nginx-light."
    return found


def rewritten(text: str, servers: Mapping[str, int], port: int, folder: Path) -> str:
    """Return a configuration that listens on ``port`` and knows its upstreams on ports of this machine."""
    for name, number in servers.items():
        text, count = re.subn(rf"\bserver {name}:\d+", f"server 127.0.0.1:{number}", text)
        assert count == 1, name
    text, count = re.subn(r"listen \d+;", f"listen 127.0.0.1:{port};", text)
    assert count == 1
    text = text.replace("/dev/stdout", f"{folder}/access.log")
    paths = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    head = f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
    return head + text.replace("http {\n", "http {\n" + paths, 1)


class Nginx:
    """One nginx in front of web processes."""

    def __init__(self, servers: Mapping[str, int], folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o755)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._file = folder / "nginx.conf"
        self._file.write_text(rewritten(CONFIGURATION.read_text(), servers, self.port, folder))
        self._command = [binary(), "-p", str(folder), "-c", str(self._file)]
        self.process = Process("nginx", self._command, environ=os.environ, log=folder / "nginx.log")

    def check(self) -> str:
        """Return what ``nginx -t`` complains about; nothing when the configuration is good."""
        done = run([*self._command, "-t"], environ=os.environ)
        return "" if done.returncode == 0 else done.stderr

    def start(self) -> None:
        """Start and wait until it listens."""
        self.process.start()
        eventually(self._listens)

    def _listens(self) -> bool:
        assert self.process.running, self.process.output
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        """Stop it, workers included."""
        if self.process.running:
            self.process.stop()
