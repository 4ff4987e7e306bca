"""Presence as ``manage.py serve`` runs it, plus a publisher thread that the benchmark switches on over HTTP.

``python -m bench.presence_app --port N`` takes the arguments of ``serve``. Nothing of Presence is replaced: the
publisher is a thread, as the embedded detector is, and the ASGI application gets three more paths, which exist in no
other way of starting it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from bench.event import Load, Pace, Progress


class PublisherApp:
    """Answers ``/bench/publish``, ``/bench/stop`` and ``/bench/state``; everything else is Presence's."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._progress = Progress()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass on what is not for the benchmark."""
        if scope["type"] != "http" or not scope["path"].startswith("/bench/"):
            await self._application(scope, receive, send)
            return
        body = (await receive()).get("body", b"")
        if scope["path"] == "/bench/publish":
            load = Load(**json.loads(body))
            threading.Thread(target=publish_at_pace, args=(load, self._progress), daemon=True).start()
        elif scope["path"] == "/bench/stop":
            self._progress.stop = True
        answer = json.dumps({"published": self._progress.published, "running": self._progress.running}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def publish_at_pace(load: Load, progress: Progress) -> None:
    """Publish on this thread until the load is done."""
    pace = Pace(load, progress)
    while (rest := pace.rest()) >= 0:
        time.sleep(rest)
        for data in pace.due():
            publish(data, load)


def publish(data: dict[str, Any], load: Load) -> None:
    """Publish one event the way the detector's pipeline does."""
    from realtime.publisher import publish as presence_publish

    presence_publish(
        topic="status",
        event="status_update",
        data=data,
        position=data["timestamp"],
        key=data["host"],
        priority=load.priority,
        host=data["host"],
    )


def main() -> None:
    """Run ``manage.py serve`` with the publisher around its application."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presence_site.settings")
    from django.core.management import execute_from_command_line

    import presence_site.asgi as site

    site.application = PublisherApp(site.application)  # what uvicorn imports by name
    execute_from_command_line(["manage.py", "serve", *sys.argv[1:]])


if __name__ == "__main__":
    main()
