"""Shared sessions: fifty people who type in one document, and a document of 10,000 edits that is opened."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycrdt import Doc, Text
from websockets.asyncio.client import ClientConnection, connect

from bench.cache import REPOSITORY
from bench.comparison import Comparison
from bench.machine import Cores
from bench.processes import Pinned, free_port, wait_for_port
from bench.samples import Failed, Sample
from bench.scenarios import Column

PEOPLE = 50
KEYS_A_SECOND = 5
SECONDS = 10
WATCHING = 5
"""How many of the people look at what comes; the others only take it, as the client has one core."""
EDITS = 10_000
OPENINGS = 15
MARK = re.compile(rb"<(\d+)>")

PREPARE = """
import json, random, sys
from django.contrib.auth.models import User
from accounts.services import token_create
from collab.services import session_create
from collab.shared_document import Edit, SharedDocument
from pycrdt import Doc, Text
user = User.objects.create_superuser("bench")
session = session_create(user=user, title="bench")
source, document = random.Random(1), SharedDocument(session.pk, max_length=1_000_000)
document.open()
doc, changes = Doc(), []
text = doc.get("query", type=Text)
doc.observe(lambda event: changes.append(event.update))
for number in range(EDITS):
    length = len(text)
    if length > 40 and source.random() < 0.3:
        start = source.randrange(length - 4)
        del text[start : start + 3]
    else:
        text.insert(source.randint(0, length), source.choice(["a", "select ", "x = 1", "\\n"]))
    if len(changes) == 10:
        document.write([Edit(user.pk, update) for update in changes])
        changes.clear()
print(json.dumps({"token": token_create(user=user, name="bench"), "session": str(session.pk)}))
"""


@dataclass
class Server:
    """Presence with one session, and a token of its owner."""

    port: int
    token: str
    session: str
    process: Pinned

    def join(self) -> connect:
        """Open a socket of the session."""
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/collaboration/{self.session}",
            additional_headers={"Authorization": f"Token {self.token}"},
            compression=None,
            max_size=None,
            proxy=None,
        )


@contextmanager
def server(cores: Cores, edits: int) -> Iterator[Server]:
    """Start ``manage.py serve`` on fresh data, its document made of ``edits`` edits; end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="presence-bench-collab-") as folder:
        port = free_port()
        environment = {
            "DJANGO_SETTINGS_MODULE": "presence_site.settings",
            "PRESENCE_DATA_DIR": str(Path(folder) / "data"),
            "PORT": str(port),
            "REDIS_URL": "",
            "DATABASE_URL": "",
            "WS_MAX_CONNECTIONS_PER_USER": "1000",
        }
        manage = [sys.executable, "manage.py"]
        run(*manage, "migrate", "-v", "0", environment=environment)
        code = PREPARE.replace("EDITS", str(edits))
        made = json.loads(run(*manage, "shell", "-v", "0", "-c", code, environment=environment).splitlines()[-1])
        process = Pinned([*manage, "serve"], core=cores.server, folder=REPOSITORY, environment=environment)
        try:
            wait_for_port(port, process, 60)
            yield Server(port, made["token"], made["session"], process)
        finally:
            process.stop()


def run(*command: str, environment: dict[str, str]) -> str:
    """Run a command of Presence and return what it printed.

    Raises:
        Failed: when it fails.
    """
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    if done.returncode:
        raise Failed(done.stderr[-300:])
    return done.stdout


# --- fifty people type -------------------------------------------------------------------------------------------


class Typist:
    """One person: types marks with a number, and, when watching, notes when the others' marks come."""

    def __init__(self, socket: ClientConnection, number: int, sent: dict[int, float], late: list[float]) -> None:
        self.socket = socket
        self.number = number
        self.watching = number < WATCHING
        self.saved = 0
        self._sent, self._late = sent, late
        self._doc: Doc[Text] = Doc()
        self._text = self._doc.get("query", type=Text)
        self._changes: list[bytes] = []
        self._doc.observe(lambda event: self._changes.append(event.update))

    async def type(self, source: random.Random) -> None:
        """Type for the time of the sample, each key an update of its own."""
        await asyncio.sleep(source.random() / KEYS_A_SECOND)
        for stroke in range(KEYS_A_SECOND * SECONDS):
            mark = self.number * 10_000 + stroke
            self._text += f"<{mark}>"
            update = b64encode(self._changes.pop()).decode()
            message = {"type": "doc_update", "payload": {"update": update}, "id": str(mark)}
            self._sent[mark] = time.perf_counter()
            await self.socket.send(json.dumps(message))
            await asyncio.sleep(1 / KEYS_A_SECOND)

    async def take(self) -> None:
        """Take what comes."""
        async for raw in self.socket:
            if raw.startswith('{"type":"doc_saved"'):
                self.saved += 1
            elif self.watching and raw.startswith('{"type":"doc_update"'):
                now = time.perf_counter()
                data = b64decode(json.loads(raw)["payload"]["update"])
                for found in MARK.finditer(data):
                    mark = int(found[1])
                    if mark // 10_000 != self.number:
                        self._late.append((now - self._sent[mark]) * 1_000)


async def type_together(place: Server) -> Sample:
    """Return the times from an edit's sending to its coming at somebody else's."""
    sent: dict[int, float] = {}
    late: list[float] = []
    sockets = [await place.join().__aenter__() for _ in range(PEOPLE)]
    typists = [Typist(socket, number, sent, late) for number, socket in enumerate(sockets)]
    taking = [asyncio.create_task(typist.take()) for typist in typists]
    before, began = place.process.cpu(), time.perf_counter()
    await asyncio.gather(*(typist.type(random.Random(typist.number)) for typist in typists))
    for _ in range(100):
        if sum(typist.saved for typist in typists) == len(sent):
            break
        await asyncio.sleep(0.1)
    cpu = (place.process.cpu() - before) / (time.perf_counter() - began) * 100
    for task in taking:
        task.cancel()
    for socket in sockets:
        await socket.close()
    expected = len(sent) * (WATCHING - WATCHING / PEOPLE)
    percentiles = statistics.quantiles(late, n=100)
    return {
        "p50": percentiles[49],
        "p95": percentiles[94],
        "p99": percentiles[98],
        "missing": (1 - len(late) / expected) * 100,
        "unsaved": float(len(sent) - sum(typist.saved for typist in typists)),
        "serverCpu": cpu,
    }


def typing(cores: Cores) -> Sample:
    """Fifty people in one session type five keys a second each."""
    os.sched_setaffinity(0, {cores.client})
    with server(cores, 0) as place:
        return asyncio.run(type_together(place))


# --- a long document is opened -----------------------------------------------------------------------------------


async def open_again_and_again(place: Server) -> Sample:
    """Return the times from connecting to having applied the document; the room is closed in between."""
    times, size = [], 0
    for _ in range(OPENINGS):
        began = time.perf_counter()
        async with place.join() as socket:
            state: dict[str, Any] = {}
            while not state:
                message = json.loads(await socket.recv())
                state = message["payload"] if message["type"] == "session_state" else {}
            doc: Doc[Text] = Doc()
            doc.apply_update(b64decode(state["doc"]))
            assert str(doc.get("query", type=Text)) == state["query"]
            times.append((time.perf_counter() - began) * 1_000)
            size = len(state["doc"])
        await asyncio.sleep(0.2)
    times.sort()
    return {"p50": times[len(times) // 2], "max": times[-1], "kilobytes": size / 1_000}


def opening(cores: Cores) -> Sample:
    """Somebody opens a document of 10,000 edits that nobody else has open."""
    os.sched_setaffinity(0, {cores.client})
    with server(cores, EDITS) as place:
        return asyncio.run(open_again_and_again(place))


def scenarios() -> list[Comparison]:
    """Return what is measured of shared sessions."""
    return [
        Comparison(
            name="session-typing",
            title=f"{PEOPLE} people type in one session, {KEYS_A_SECOND} keys a second each",
            subjects={"presence": typing},
            columns=(
                Column("p50", "p50 ms"),
                Column("p95", "p95 ms", headline=True),
                Column("p99", "p99 ms"),
                Column("missing", "missing %", 2),
                Column("unsaved", "unsaved", 0),
                Column("serverCpu", "server CPU %", 0),
            ),
            notes="From sending an edit to its arrival at another person's socket; every edit is stored first.",
            tags=frozenset({"collab", "sessions"}),
        ),
        Comparison(
            name="session-open",
            title=f"A document of {EDITS:,} edits opens",
            subjects={"presence": opening},
            columns=(
                Column("p50", "p50 ms", headline=True),
                Column("max", "max ms"),
                Column("kilobytes", "document KB (base64)"),
            ),
            notes="From connecting to the applied document; the session is closed in between, so it is read anew.",
            tags=frozenset({"collab", "sessions"}),
        ),
    ]
