"""The client SDK against a real server: its own tests (``tests/real`` beside the front end), run by vitest."""

from __future__ import annotations

import shutil
import subprocess

from tests.support.environment import ROOT, clean
from tests.support.presence_server import PresenceServer

FRONT_END = ROOT / "dashboard" / "frontend"


def test_the_sdk_holds_what_it_promises_against_a_real_server(presence_server: PresenceServer) -> None:
    node = shutil.which("node")
    assert node, "The SDK's tests need Node on the PATH; `make test` puts it there."
    environ = clean({"PRESENCE_ADDRESS": presence_server.address, "PRESENCE_TOKEN": presence_server.token})
    vitest = [node, "node_modules/vitest/vitest.mjs", "run", "--config", "vitest.real.config.ts"]
    done = subprocess.run(vitest, cwd=FRONT_END, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
