"""Runs executions: a queue with a place for each user, a deadline, cancelling, and an end that always comes.

One per event loop. Whoever watches an execution reads its spool (``viewer.py``); here is what goes on whether anybody
watches or not.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from queries import services
from queries.execution import Execution, Outcome, Request
from queries.limits import ConsoleLimits
from queries.process import process_name
from queries.sandbox.job import Engine, Job
from queries.sandbox.pool import Pool, SandboxError
from queries.sandbox.sink import Failure
from queries.spool import Spools, SpoolWriter
from realtime import groups
from realtime.pool import DatabaseTrouble, in_thread

GROUP = "queries"
SWEEP_SECONDS = 30.0
EXIT_SECONDS = 5.0
"""How long to wait for the news of how a worker ended; it comes within milliseconds."""
SPOOL_SLACK = 2**20
logger = logging.getLogger(__name__)


class Executor:
    """Belongs to one event loop."""

    def __init__(self, limits: ConsoleLimits) -> None:
        self.limits = limits
        self.loop = asyncio.get_running_loop()
        self.process = process_name()
        self.executions: dict[str, Execution] = {}
        """Those that have not ended."""
        self.spools = Spools(limits.folder, keep_seconds=limits.keep, total_bytes=limits.spool_bytes)
        self._pools: dict[Engine, Pool] = {}
        self._waiting: list[Execution] = []
        self._running: list[Execution] = []
        self._graces: dict[str, asyncio.TimerHandle] = {}
        self._unsaved: dict[str, services.Ending] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._kept_bytes = 0
        self._closing = False
        self._reported = False
        self.revoked: Callable[[str], None] = lambda id: None
        """Called with the id of an execution whose shares were taken back."""

    # --- life ---

    def start(self) -> None:
        """Begin the sweep, whose first round closes what a dead process left open."""
        self._spawn(self._sweep_forever())
        self._spawn(self._listen())

    async def _listen(self) -> None:
        await groups.join(GROUP, self._heard)

    def _heard(self, message: dict[str, Any]) -> None:
        """Another process asks for something that may be here."""
        execution = self.executions.get(str(message.get("execution")))
        if message.get("ask") == "cancel" and execution is not None:
            self.cancel(execution, str(message["reason"]), message["by"])
        elif message.get("ask") == "revoke":
            self.revoked(str(message["execution"]))

    def warm(self, engine: Engine) -> None:
        """Get a worker ready."""
        self._spawn(self._warm(engine))

    async def _warm(self, engine: Engine) -> None:
        try:
            await self.pool(engine).warm()
        except SandboxError as error:
            logger.error("%s", error)

    def pool(self, engine: Engine) -> Pool:
        """Return the workers of an engine."""
        if engine not in self._pools:
            self._pools[engine] = Pool(engine, self.limits.folder / "tmp")
        return self._pools[engine]

    async def close(self) -> None:
        """Cancel what runs, and wait until its records are closed."""
        self._closing = True
        living = list(self.executions.values())
        for execution in living:
            self.cancel(execution, "shutdown")
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                await asyncio.gather(*(execution.ended.wait() for execution in living))
        for timer in self._graces.values():
            timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in self._pools.values():
            await pool.close()

    # --- what sockets ask ---

    def execute(self, request: Request) -> Execution:
        """Begin an execution, or let it wait for its turn.

        Raises:
            Failure: when it is refused.
        """
        limits = self.limits
        mine = [one for one in self._waiting if one.request.user_id == request.user_id]
        if self._closing:
            raise Failure("INTERNAL_ERROR", "The server is restarting; try again in a moment.")
        running = sum(one.request.user_id == request.user_id for one in self._running)
        if running >= limits.running_per_user and len(mine) >= limits.queued_per_user:
            raise Failure("QUEUE_FULL", f"{len(mine)} of your queries are waiting already; cancel one, or wait.")
        if self.spools.full(self._kept_bytes):
            raise Failure("QUEUE_FULL", "There is no room for another result now; try again in a few minutes.")
        id = str(uuid.uuid4())
        try:
            spool = SpoolWriter(self.spools.path(id))
        except OSError as error:
            raise Failure("OUT_OF_DISK", f"The result can't be kept: {error.strerror}.") from None
        # Tags and frames take room besides the encoded rows that the worker counts.
        execution = Execution(id, request, spool, max_bytes=limits.bytes * 2 + limits.value_bytes + SPOOL_SLACK)
        self.executions[id] = execution
        self._waiting.append(execution)
        self._admit()
        self._spawn(self._run(execution))
        return execution

    def cancel(self, execution: Execution, reason: str, by: str | None = None) -> None:
        """End an execution now."""
        execution.stop(execution.cancelled(reason, by))

    def leave(self, execution: Execution, *, at_once: bool) -> None:
        """One socket of its runner watches no more; after the last one it is cancelled, at once or after a while."""
        execution.owners -= 1
        if execution.owners <= 0:
            if at_once:
                self.cancel(execution, "disconnected")
            else:
                self.abandon(execution)

    def abandon(self, execution: Execution) -> None:
        """Its runner has gone: cancel it unless somebody comes back within the grace period."""
        if execution.outcome is None and execution.id not in self._graces:
            self._graces[execution.id] = self.loop.call_later(self.limits.grace, self.cancel, execution, "disconnected")

    def reclaim(self, execution: Execution) -> None:
        """A socket of its runner watches."""
        execution.owners += 1
        timer = self._graces.pop(execution.id, None)
        if timer is not None:
            timer.cancel()

    # --- the queue ---

    def _admit(self) -> None:
        """Let those run whose turn it is: in the order of arrival, none of a user beyond the limit."""
        for execution in list(self._waiting):
            user = execution.request.user_id
            if len(self._running) >= self.limits.running:
                break
            if sum(one.request.user_id == user for one in self._running) < self.limits.running_per_user:
                self._waiting.remove(execution)
                self._running.append(execution)
                execution.step("starting")
                execution.admitted.set()
        for place, execution in enumerate(self._waiting, start=1):
            if execution.progress.position != place:
                execution.step("queued", position=place)
                execution.changed()

    def _vacate(self, execution: Execution) -> None:
        timer = self._graces.pop(execution.id, None)
        if timer is not None:
            timer.cancel()
        for group in (self._waiting, self._running):
            if execution in group:
                group.remove(execution)
        self._admit()

    # --- one execution ---

    async def _run(self, execution: Execution) -> None:
        try:
            outcome = await self._work(execution)
        except SandboxError as error:
            outcome = execution.error(Failure("INTERNAL_ERROR", str(error)))
        except Exception:  # whatever it is, its user hears of an end
            logger.exception("An execution failed")
            outcome = execution.error(Failure("INTERNAL_ERROR", "The server failed; its log has the reason."))
        self._vacate(execution)
        execution.finish(outcome)
        self._report_walls(execution.missing_walls)
        try:
            await asyncio.wait([self._record(execution)])
            await self._save(execution.id, services.Ending.of(execution))
        finally:  # whatever becomes of its record, it has ended
            del self.executions[execution.id]
            execution.ended.set()

    def _record(self, execution: Execution) -> asyncio.Future[None]:
        """Store that it has begun, once."""
        if execution.record is None:
            execution.record = asyncio.ensure_future(in_thread(services.execution_create, execution, self.process))
            execution.record.add_done_callback(lambda task: self._recorded(execution, task))
        return execution.record

    def _report_walls(self, missing: list[str]) -> None:
        if missing and not self._reported:
            self._reported = True
            logger.warning("Queries run without %s, which this system does not have.", " and ".join(missing))

    def _recorded(self, execution: Execution, task: asyncio.Future[None]) -> None:
        """No run without a record: when it can't be stored, the run ends."""
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("The record of a query can't be stored: %s", error)
            execution.stop(execution.error(Failure("INTERNAL_ERROR", "The record of this query can't be stored.")))

    async def _work(self, execution: Execution) -> Outcome:
        stopped = execution.stopped
        if not execution.admitted.is_set():
            self._record(execution)
        admitted = asyncio.ensure_future(execution.admitted.wait())
        await _first(admitted, stopped)
        if stopped.done():
            admitted.cancel()
            return stopped.result()
        request = execution.request
        worker = await self.pool(request.target.engine).worker()
        worker.give(self._job(request), execution.frame)
        self._record(execution)  # while the worker works: the first row need not wait for it
        try:
            await _first(worker.gone, stopped, timeout=request.timeout)
        finally:
            in_time = worker.gone.done()
            if not in_time:
                worker.kill()
        if stopped.done():
            return stopped.result()
        if not in_time:
            return execution.error(Failure("TIMEOUT", f"Stopped after {request.timeout:g} s, the longest it may take."))
        if execution.complete:
            return execution.completed()
        if execution.failure is not None:
            return execution.error(execution.failure)
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_SECONDS):
                await asyncio.shield(worker.exited)
        return execution.error(_death(worker.status))

    def _job(self, request: Request) -> Job:
        target = request.target
        return Job(
            engine=target.engine,
            target=target.address,
            query=request.query,
            parameters=request.parameters,
            limits=self.limits.of_job(target.engine, rows=request.rows, timeout=request.timeout),
            views=target.views,
            count_rows=request.count_rows,
            search_path=target.search_path,
        )

    # --- records ---

    async def _save(self, id: str, ending: services.Ending) -> None:
        """Close the record; while the database is away, the sweep tries again."""
        try:
            await in_thread(services.execution_end, id, ending)
        except DatabaseTrouble as error:
            logger.warning("The end of a query can't be stored yet: %s", error)
            self._unsaved[id] = ending

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:  # the next round may do better, and without it no result would ever be deleted
                logger.exception("The console's sweep failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Delete old rows, keep the records of what runs alive, close those of dead processes."""
        living = set(self.executions)
        try:
            self._kept_bytes = await asyncio.to_thread(self.spools.sweep, living)
            unsaved, self._unsaved = self._unsaved, {}
            for id, ending in unsaved.items():
                await self._save(id, ending)
            await in_thread(services.executions_sweep, living, self.process, self.limits.record_days)
        except (DatabaseTrouble, OSError) as error:
            logger.warning("The console's sweep failed: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first(*futures: asyncio.Future[Any], timeout: float | None = None) -> None:
    """Wait until one of them is done."""
    await asyncio.wait(futures, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)


def _death(status: int | None) -> Failure:
    """Return what to say of a worker that ended without a word and was not killed by us."""
    if status == -signal.SIGXCPU:
        return Failure("CPU_LIMIT", "The query used more processor time than it may.")
    if status in (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT):
        return Failure("OUT_OF_MEMORY", "The system ended the process of the query, most likely for want of memory.")
    return Failure("INTERNAL_ERROR", "The process of the query has died.")


_executors: dict[asyncio.AbstractEventLoop, Executor] = {}


def get_executor() -> Executor:
    """Return the executor of the running event loop, started on first use."""
    loop = asyncio.get_running_loop()
    executor = _executors.get(loop)
    if executor is None:
        for other in [other for other in _executors if other.is_closed()]:
            del _executors[other]
        executor = _executors[loop] = Executor(ConsoleLimits.from_settings())
        executor.start()
    return executor


async def close_executor() -> None:
    """Stop the executor of the running event loop, if there is one."""
    executor = _executors.pop(asyncio.get_running_loop(), None)
    if executor is not None:
        await executor.close()


def running_executor() -> Executor | None:
    """Return the executor of this process from any thread; None while it has none."""
    return next((executor for loop, executor in list(_executors.items()) if not loop.is_closed()), None)
