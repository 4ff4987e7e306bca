"""The client SDK in a page of somebody else's: another origin, no bundler, and tokens that come and go."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser

from tests.conftest import MakeServer
from tests.support.environment import ROOT
from tests.support.http_client import Api

PAGE = """<!doctype html><meta charset="utf-8"><script type="module">
import { Api, PresenceClient } from './sdk/index.js'
const server = location.hash.slice(1)
const token = () => window.nextToken()
window.readings = 0
window.errors = []
window.client = new PresenceClient({ url: server.replace('http', 'ws') + '/ws', token, backoff: { base: 100 } })
window.api = new Api({ base: server + '/api/v1', token })
client.on('status_update', () => { window.readings += 1 })
client.on('error', ({ code, message }) => errors.push(code + ' ' + message))
client.subscribe(['status', 'health'])
client.connect()
</script>"""
MORE_READINGS = "before => readings > before + 1 && client.snapshot.state === 'connected'"


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it served."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """A web server of somebody else's; its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def build_sdk(into: Path) -> None:
    """Build the SDK as `npm run build:sdk` does, without its types."""
    node = shutil.which("node")
    assert node, "The SDK needs Node on the PATH; `make test` puts it there."
    vite = [node, "node_modules/vite/bin/vite.js", "build", "-c", "vite.sdk.config.ts", "--outDir", str(into)]
    folder = ROOT / "dashboard" / "frontend"
    done = subprocess.run(vite, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readings_come_to_a_page_of_another_origin_as_long_as_it_has_a_token(
    browser: Browser, make_server: MakeServer, tmp_path: Path
) -> None:
    build_sdk(tmp_path / "sdk")
    (tmp_path / "index.html").write_text(PAGE)
    with site(tmp_path) as origin:
        server = make_server(PRESENCE_ALLOWED_ORIGINS=origin)
        server.start()
        with Api(server.address) as api:
            api.take_up_session(server.session)
            wanted = {"read_only": True, "expires_at": None}
            made = [api.post("/api/v1/auth/tokens", {"name": name, **wanted}).json() for name in ("one", "two")]
            page = browser.new_page()
            page.set_default_timeout(60_000)
            page.expose_function("nextToken", lambda: made[0]["key"])
            page.goto(f"{origin}/#{server.address}")
            page.wait_for_function(MORE_READINGS, arg=0)
            assert page.evaluate("api.hosts().then(({ results }) => results.length > 0)")

            headers = {"X-CSRFToken": api.http.cookies["csrftoken"]}
            ended = made.pop(0)
            before = page.evaluate("readings")
            assert api.http.delete(f"/api/v1/auth/tokens/{ended['id']}", headers=headers).status_code == 204
            page.wait_for_function("client.figures.reconnections > 0")
            page.wait_for_function(MORE_READINGS, arg=before)

            assert api.http.delete(f"/api/v1/auth/tokens/{made[0]['id']}", headers=headers).status_code == 204
            page.wait_for_function("client.snapshot.state === 'disconnected'")
            assert page.evaluate("client.snapshot.closeCode") == 4001
            assert page.evaluate("errors") == []
            page.context.close()
