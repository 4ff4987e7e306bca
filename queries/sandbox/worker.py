"""One worker: takes one job over its socket, runs it, answers with frames, ends."""

from __future__ import annotations

import socket
import sqlite3
import struct

from queries.sandbox import kernel, sqlite
from queries.sandbox.job import Job
from queries.sandbox.sink import Failure, Sink, Truncated


def warm_up() -> None:
    """Use once what is loaded late, so that every worker inherits it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("SELECT strftime('%s', 'now'), json('[]')").fetchall()
    connection.close()


def main(connection: socket.socket, temporary: str) -> None:
    """Take a job and run it. Every outcome but being killed is told in a frame."""
    job = _receive(connection)
    if job is None:
        return
    sink = Sink(connection, job.limits)

    def walls() -> None:
        missing = kernel.wall_in(temporary)
        if missing:
            sink.note(missing)

    try:
        kernel.limit(job.limits)
        sink.end(_run(job, sink, walls))
    except Failure as failure:
        sink.fail(failure)
    except MemoryError:
        megabytes = job.limits.memory_bytes >> 20
        sink.fail(Failure("OUT_OF_MEMORY", f"The query needs more memory than it may have ({megabytes} MB)."))
    except OSError:
        pass  # nobody listens any more


def _run(job: Job, sink: Sink, walls: sqlite.Walls) -> Truncated:
    if job.engine == "sqlite":
        return sqlite.run(job, sink, walls)
    from queries.sandbox import postgres  # psycopg weighs 33 MB; its zygote has it loaded

    return postgres.run(job, sink, walls)


def _receive(connection: socket.socket) -> Job | None:
    size = _exactly(connection, 4)
    if size is None:
        return None
    data = _exactly(connection, struct.unpack(">I", size)[0])
    return None if data is None else Job.decode(data)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = connection.recv(min(size - len(data), 1 << 16))
        if not part:
            return None
        data += part
    return bytes(data)
