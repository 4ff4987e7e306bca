"""The process that publishes: one JSON command a line on standard input, one JSON answer a line on standard output."""

from __future__ import annotations

import asyncio
import json
import sys

import django

from bench.event import Load, Pace, Progress


async def main() -> None:
    """Obey ``{"command": "publish" | "stop" | "state", "load": {…}}`` until standard input ends."""
    from channels.layers import get_channel_layer

    layer, progress = get_channel_layer(), Progress()
    loop = asyncio.get_running_loop()
    tasks = set()

    async def publish_at_pace(load: Load) -> None:
        pace = Pace(load, progress)
        while (rest := pace.rest()) >= 0:
            await asyncio.sleep(rest)
            for data in pace.due():
                await layer.group_send("status", {"type": "status.update", "data": data})

    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        if request["command"] == "publish":
            tasks.add(asyncio.create_task(publish_at_pace(Load(**request["load"]))))
        elif request["command"] == "stop":
            progress.stop = True
        print(json.dumps({"published": progress.published, "running": progress.running}), flush=True)


if __name__ == "__main__":
    django.setup()
    asyncio.run(main())
