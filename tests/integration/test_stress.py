"""Dozens of unkind scenarios at once, while fifty clients follow every alert. ``make stress SEED=…`` repeats a run."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

from tests.conftest import MakeServer
from tests.integration.stress.scenarios import ALONE, SCENARIOS, Scenario
from tests.integration.stress.stage import Stage, folder_of
from tests.support.alert_writer import alert_writer
from tests.support.redis_server import RedisServer

FOLLOWERS = 50
ROUNDS = 2
AT_ONCE = 6


def chosen_seed() -> int:
    """Return the seed of this run: ``SEED`` from the environment, or a new one."""
    return int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))


async def play(stage: Stage, scenarios: list[Scenario]) -> None:
    """Play several scenarios at once, in the order given."""
    waiting = iter(scenarios)

    async def play_next() -> None:
        for scenario in waiting:
            await stage.play(scenario)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(play_next())


async def test_whatever_visitors_do_nobody_misses_an_alert(
    make_server: MakeServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    seed = chosen_seed()
    print(f"\nSEED={seed}  (make stress SEED={seed} repeats this run)")
    stage = Stage(make_server, redis_server, seed)
    stage.server.start()
    with alert_writer(stage.server.environ, folder_of(tmp_path)) as writer:
        await stage.begin(writer, FOLLOWERS)
        shuffled = [stage.random.sample(SCENARIOS, len(SCENARIOS)) for _ in range(ROUNDS)]
        await stage.restart_redis()
        assert await stage.restart(signal.SIGKILL) == -signal.SIGKILL
        assert await stage.restart(signal.SIGTERM) == 0
        assert all(follower.told[-1]["reconnect"] for follower in stage.followers)
        assert {follower.told[-1]["code"] for follower in stage.followers} == {1012}
        await play(stage, shuffled[0])
        stage.remember_memory()
        for scenarios in shuffled[1:]:
            await play(stage, scenarios)
        for scenario in ALONE:
            await stage.play(scenario)
        rows = await stage.end()
    stage.check_transcripts(rows)
    await stage.check_that_nothing_is_left()
    stage.check_memory_and_log()
    print(*sorted(stage.played, key=lambda x: -x[1])[:14], sep="\n")
    print(f"{len(stage.played)} scenarios, {len(rows)} alerts to each of {FOLLOWERS} clients, no gap and no double")
