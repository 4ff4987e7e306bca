"""The web process's side: a zygote, workers forked ahead, one job to each, killed by pidfd."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from queries.sandbox.frames import Kind, Splitter
from queries.sandbox.job import Engine, Job

ROOT = Path(__file__).resolve().parent.parent.parent
AHEAD = 1
"""Workers that wait for a job: forking one takes 2-3 ms, which the first row need not wait for."""
REFILL_SECONDS = 0.01
"""When to fork the next one: the query that took the last has its first row by then."""
START_SECONDS = 30.0
logger = logging.getLogger(__name__)
OnFrame = Callable[[Kind, int, bytes], None]


class SandboxError(Exception):
    """The sandbox itself does not work: its process can't be started or has died."""


class Worker(asyncio.Protocol):
    """One forked process. Frames go to ``on_frame`` as they come; ``gone`` is done when it has ended or was killed."""

    def __init__(self, pid: int, pidfd: int | None) -> None:
        self.pid = pid
        self.status: int | None = None
        """Exit code, or minus the signal; None while it is not known."""
        self.killed = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.exited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pidfd = pidfd
        self._splitter = Splitter()
        self._transport: Any = None
        self._on_frame: OnFrame | None = None

    def give(self, job: Job, on_frame: OnFrame) -> None:
        """Hand it its job."""
        self._on_frame = on_frame
        data = job.encode()
        self._transport.write(struct.pack(">I", len(data)) + data)

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        self.killed = True
        with suppress(ProcessLookupError):
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            elif self.status is None:
                os.kill(self.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self.killed or self._on_frame is None:
            return
        try:
            for kind, rows, body in self._splitter.feed(data):
                self._on_frame(kind, rows, body)
        except ValueError:
            logger.error("A query worker said something that is no frame; it was ended.")
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def ended(self, status: int) -> None:
        """Take note of how it ended, told by the zygote."""
        self.status = status
        if not self.exited.done():
            self.exited.set_result(None)
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None


class Pool:
    """Workers of one engine on one event loop. The zygote starts with the first that is asked for."""

    def __init__(self, engine: Engine, temporary: Path, *, ahead: int = AHEAD) -> None:
        self._engine = engine
        self._temporary = temporary
        self._ahead = ahead
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._starting: asyncio.Future[None] | None = None
        self._asked: deque[tuple[socket.socket, asyncio.Future[Worker]]] = deque()
        self._spare: deque[Worker] = deque()
        self._living: dict[int, Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def worker(self) -> Worker:
        """Return a worker that waits for its job; another one is forked ahead meanwhile.

        Raises:
            SandboxError: when there can't be one.
        """
        worker: Worker | None = None
        while self._spare and worker is None:
            worker = self._spare.popleft()
            if worker.gone.done():  # killed by somebody else while it waited
                worker = None
        if worker is None:
            worker = await self._fork()
        asyncio.get_running_loop().call_later(REFILL_SECONDS, self._refill)
        return worker

    async def warm(self) -> None:
        """Start the zygote and fork ahead."""
        await self._start()
        self._refill()

    @property
    def living(self) -> int:
        """Workers that have not ended, the waiting ones too."""
        return len(self._living)

    async def close(self) -> None:
        """End the zygote and with it every worker."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        for worker in list(self._living.values()):
            worker.kill()
        process = self._process
        self._lost()
        if process is not None:
            try:
                await asyncio.to_thread(process.wait, 5)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    # --- inside ---

    def _refill(self) -> None:
        if self._closed:
            return

        async def more() -> None:
            with suppress(SandboxError):
                while len(self._spare) < self._ahead:
                    self._spare.append(await self._fork())

        if not self._tasks:
            task = asyncio.get_running_loop().create_task(more())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        if self._control is not None and self._starting is not None:
            await asyncio.shield(self._starting)
            return
        self._starting = asyncio.get_running_loop().create_future()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from queries.sandbox import zygote; zygote.main"
        code += f"({theirs.fileno()}, {str(self._temporary)!r}, {self._engine!r})"
        try:
            self._temporary.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - once in a process's life
                [sys.executable, "-I", "-c", code],
                # Nothing of ours: no settings, no secrets. SQLite reads the folder when it is loaded.
                env={"LANG": "C.UTF-8", "SQLITE_TMPDIR": str(self._temporary)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            self._starting = None
            raise SandboxError(f"The sandbox can't be started: {error}") from None
        finally:
            theirs.close()
        self._control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._heard)
        try:
            async with asyncio.timeout(START_SECONDS):
                await asyncio.shield(self._starting)
        except TimeoutError:
            self._lost()
            raise SandboxError("The sandbox did not start in time.") from None

    async def _fork(self) -> Worker:
        await self._start()
        if self._control is None:
            raise SandboxError("The sandbox has ended.")
        ours, theirs = socket.socketpair()
        future: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._asked.append((ours, future))
        try:
            socket.send_fds(self._control, [b"F"], [theirs.fileno()])
        except OSError as error:
            self._asked.pop()
            ours.close()
            self._lost()
            raise SandboxError(f"The sandbox has ended: {error}") from None
        finally:
            theirs.close()
        worker = await asyncio.shield(future)
        loop = asyncio.get_running_loop()
        ours.setblocking(False)
        await loop.create_unix_connection(lambda: worker, sock=ours)
        return worker

    def _heard(self) -> None:
        """Read what the zygote says."""
        while self._control is not None:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                logger.error("The query sandbox has ended; the next query starts another one.")
                self._lost()
                return
            self._take(json.loads(data), descriptors[0] if descriptors else None)

    def _take(self, message: dict[str, int], pidfd: int | None) -> None:
        if "exited" in message:
            worker = self._living.pop(message["exited"], None)
            if worker is not None:
                worker.ended(message["status"])
        elif "pid" in message:
            worker = Worker(message["pid"], pidfd)
            self._living[worker.pid] = worker
            _, future = self._asked.popleft()
            future.set_result(worker)
        elif self._starting is not None and not self._starting.done():
            self._starting.set_result(None)

    def _lost(self) -> None:
        control, self._control = self._control, None
        if control is not None:
            asyncio.get_running_loop().remove_reader(control.fileno())
            control.close()
        starting, self._starting = self._starting, None
        if starting is not None and not starting.done():
            starting.set_exception(SandboxError("The sandbox could not be started."))
        while self._asked:
            ours, future = self._asked.popleft()
            ours.close()
            if not future.done():
                future.set_exception(SandboxError("The sandbox has ended."))
        self._spare.clear()
        for worker in self._living.values():
            worker.ended(-signal.SIGKILL)
        self._living.clear()
