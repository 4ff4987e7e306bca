"""Dozens of unkind scenarios at once, while fifty clients follow every alert. ``make stress SEED=…`` repeats a run."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from tests.conftest import MakeServer
from tests.integration.stress.scenarios import LONG, PATIENT, SCENARIOS, Scenario, a_storm_of_returns
from tests.integration.stress.stage import Stage, folder_of
from tests.support.alert_writer import alert_writer
from tests.support.redis_server import RedisServer

FOLLOWERS = 50
AT_ONCE = 6
ROUNDS = int(os.environ.get("ROUNDS") or 1)
"""How often each scenario is played again once the server is warm."""


def chosen_seed() -> int:
    """Return the seed of this run: ``SEED`` from the environment; the suite always plays the same one."""
    return int(os.environ.get("SEED") or 1)


def shuffled(stage: Stage, scenarios: tuple[Scenario, ...]) -> list[Scenario]:
    """Return them in an order of chance, but those first that take long for doing nothing."""
    return sorted(stage.random.sample(scenarios, len(scenarios)), key=lambda scenario: scenario not in PATIENT)


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
        await asyncio.gather(stage.restart_redis(), stage.play(a_storm_of_returns))
        await asyncio.gather(stage.restart(signal.SIGKILL), stage.play(a_storm_of_returns))
        assert await stage.restart(signal.SIGTERM) == 0
        assert all(follower.told[-1]["reconnect"] for follower in stage.followers)
        assert {follower.told[-1]["code"] for follower in stage.followers} == {1012}
        await play(stage, shuffled(stage, SCENARIOS))
        stage.remember_memory()
        await play(stage, [*LONG, *shuffled(stage, SCENARIOS * ROUNDS)])
        rows = await stage.end()
    stage.check_transcripts(rows)
    await stage.check_that_nothing_is_left()
    stage.check_memory_and_log()
    print(f"{len(stage.played)} scenarios, {len(rows)} alerts to each of {FOLLOWERS} clients, no gap and no double")
