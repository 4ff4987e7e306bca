"""``manage.py agent --push URL``: reads this machine, keeps the readings on disk, sends them."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import msgspec

from metrics.agent.sender import Sender
from metrics.agent.spool import Spool
from metrics.agent.transport import HttpTransport
from metrics.collectors import Collector
from presence_site import VERSION

logger = logging.getLogger("presence.agent")

TOKEN = "PRESENCE_AGENT_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_FILE = "PRESENCE_AGENT_TOKEN_FILE"  # noqa: S105 - as above
KEPT_HOURS = 168
TRIM_SECONDS = 600.0
DRAIN_SECONDS = 3.0
LOCAL = ("localhost", "127.0.0.1", "::1")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        prog="manage.py agent",
        description="Watch this machine and push its readings to a Presence server. Readings are on disk until the "
        "server has them.",
        epilog=f"The token comes from {TOKEN} or from a file (--token-file, {TOKEN_FILE}); on the server, "
        "`manage.py host_token NAME` makes one.",
    )
    found.add_argument("--push", required=True, metavar="URL", help="The server, for instance https://presence.example")
    found.add_argument("--token-file", type=Path, default=None, help="File that holds the token and nothing else.")
    found.add_argument("--buffer", type=Path, default=None, help="Folder for readings that are not sent yet.")
    found.add_argument("--interval", type=float, default=1.0, help="Time between two samples, in s (0.2-60); 1.")
    found.add_argument("--disk-path", default="/", help="Path on the file system whose use is watched; /.")
    found.add_argument("--keep-hours", type=float, default=KEPT_HOURS, help=f"Hours that are kept; {KEPT_HOURS}.")
    found.add_argument("--once", action="store_true", help="Take one sample, send what there is, and end.")
    return found


def buffer_folder(environ: Mapping[str, str]) -> Path:
    """Return where readings are kept: systemd's state folder, else the user's."""
    if state := environ.get("STATE_DIRECTORY"):
        return Path(state.split(":")[0])
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", ".")) / ".local" / "state"
    return Path(base) / "presence-agent"


def token_from(environ: Mapping[str, str], file: Path | None) -> str:
    """Return the token.

    Raises:
        ValueError: with a sentence, when there is none.
    """
    path = file or (Path(environ[TOKEN_FILE]) if environ.get(TOKEN_FILE) else None)
    if path is not None:
        try:
            text = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"The token can't be read: {error}.") from None
    else:
        text = environ.get(TOKEN, "").strip()
    if not text or not text.isascii() or any(letter.isspace() for letter in text):
        raise ValueError(f"There is no token: set {TOKEN}, or write it to a file and name that with --token-file.")
    return text


class Agent:
    """Samples on its own thread of time; sending never delays it."""

    def __init__(self, *, spool: Spool, sender: Sender, interval: float, disk_path: str, keep_hours: float) -> None:
        self._spool, self._sender = spool, sender
        self._interval, self._disk_path, self._keep_ms = interval, disk_path, int(keep_hours * 3_600_000)
        self._stop, self._news = threading.Event(), threading.Event()
        self._trimmed = float("-inf")

    def stop(self, *_: int | FrameType | None) -> None:
        """Ask it to end after the sample it is at."""
        self._stop.set()
        self._news.set()

    def run(self, *, once: bool = False) -> int:
        """Sample until told to stop; return how many readings wait on disk for the next start."""
        collector = Collector(host="", version=VERSION, disk_path=self._disk_path)
        thread = threading.Thread(target=self._sender.run, args=(self._stop, self._news), daemon=True)
        if not once:
            thread.start()
        due = time.monotonic() + min(0.25, self._interval)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._sample(collector)
            if once:
                break
            late = max(0, int((time.monotonic() - due) // self._interval))
            due += (late + 1) * self._interval  # samples stay on their grid; missed ones are skipped
        self.stop()
        if thread.is_alive():
            thread.join(DRAIN_SECONDS)
        return self._sender.drain(DRAIN_SECONDS)

    def _sample(self, collector: Collector) -> None:
        try:
            reading = collector.read()
            self._spool.add(reading.timestamp, msgspec.json.encode(reading))
            if time.monotonic() - self._trimmed > TRIM_SECONDS:
                self._trimmed = time.monotonic()
                if gone := self._spool.drop_before(reading.timestamp - self._keep_ms):
                    logger.error("%s readings waited longer than they are kept for, and are gone.", gone)
        except (OSError, sqlite3.Error):
            logger.exception("A reading could not be taken or kept.")
        self._news.set()


def main(argv: Sequence[str]) -> int:
    """Run the agent; return the exit code."""
    wanted = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if not 0.2 <= wanted.interval <= 60:
            raise ValueError("--interval must be between 0.2 and 60 seconds.")
        token = token_from(os.environ, wanted.token_file)
        try:
            transport = HttpTransport(wanted.push, token)
        except ValueError as error:
            raise ValueError(f"--push {error}.") from None
        folder = wanted.buffer or buffer_folder(os.environ)
        spool = Spool(folder)
    except (ValueError, OSError, sqlite3.Error) as error:
        print(f"agent: {error}", file=sys.stderr)
        return 2
    if not transport.encrypted and not any(host in wanted.push for host in LOCAL):
        logger.warning("The token travels unencrypted; use https:// beyond this machine.")
    agent = Agent(
        spool=spool,
        sender=Sender(spool, transport),
        interval=wanted.interval,
        disk_path=wanted.disk_path,
        keep_hours=wanted.keep_hours,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, agent.stop)
    logger.info("Pushing to %s every %g s; readings wait in %s.", wanted.push, wanted.interval, folder)
    left = agent.run(once=wanted.once)
    spool.close()
    logger.info("Stopped; %s readings wait on disk.", left)
    return 0 if not left or not wanted.once else 1
