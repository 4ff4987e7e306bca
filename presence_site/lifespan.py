"""What starts and stops with the web process: hub, chores, query executor, and the detector when it is embedded."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from metrics import chores
from metrics.loop import DetectorThread
from queries.executor import close_executor, get_executor
from realtime.hub import close_hub, get_hub

EMBEDDED = "PRESENCE_EMBEDDED_DETECTOR"
"""Set by ``manage.py serve`` for the one process that samples its host itself."""


class Lifespan:
    """The ASGI lifespan protocol, which Channels' router leaves to us."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Start on startup, stop on shutdown."""
        detector: DetectorThread | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                get_hub()
                chores.start()
                get_executor()
                if os.environ.get(EMBEDDED) == "1":
                    detector = DetectorThread()
                    detector.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if detector is not None:
                    await asyncio.to_thread(detector.stop)
                await asyncio.to_thread(chores.stop)
                await close_executor()
                await close_hub()
                await send({"type": "lifespan.shutdown.complete"})
                return
