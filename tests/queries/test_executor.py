"""What runs queries, while its own database fails."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError

from queries import services
from queries.execution import Request, Target
from queries.executor import Executor
from queries.limits import ConsoleLimits
from tests.support.waiting import DEADLINE

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "target.sqlite3"


def request(folder: Path) -> Request:
    sqlite3.connect(folder / FILE).close()
    target = Target(None, "target", "sqlite", str(folder / FILE))
    return Request("SELECT 1", target, {}, user_id=1, username="ada", timeout=60, rows=10)


@pytest.mark.parametrize("trouble", [DatabaseError, InterfaceError])
async def test_a_database_that_fails_ends_no_sweep_and_leaves_no_run_behind(
    trouble: type[Exception], tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path

    def fail(*_: object) -> None:
        raise trouble("the connection is closed")

    for write in ("execution_create", "execution_end", "executions_sweep"):
        monkeypatch.setattr(services, write, fail)
    executor = Executor(ConsoleLimits.from_settings())
    await executor.sweep()
    execution = executor.execute(request(tmp_path))
    async with asyncio.timeout(DEADLINE):
        await execution.ended.wait()
    assert execution.outcome is not None and executor.executions == {}
    await executor.close()
