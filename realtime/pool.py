"""Threads for the database work of sockets.

``database_sync_to_async`` shares one thread: one slow query would delay every socket. This pool is for sockets alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import Error, close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

DatabaseTrouble = Error
"""All that a database may raise. ``DatabaseError`` leaves out ``InterfaceError``: a connection that broke under us."""

_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="socket-db")


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous call that uses the database and return its result."""

    def work() -> T:
        close_old_connections()
        try:
            return call(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool, work)
