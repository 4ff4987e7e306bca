"""``manage.py run_detector``: the detector as a worker of its own."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from metrics import chores
from metrics.loop import Detector
from realtime import publisher


class Command(BaseCommand):
    """Sample this host, store, judge and publish, until SIGTERM or Ctrl-C."""

    requires_system_checks = ()  # they would load every page and the whole API, 40 MB of what this never serves
    help = "Sample this host once a second, store it, judge it against the rules and publish it. Needs REDIS_URL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.PRESENCE_HOST_NAME, help="Name of this host on the dashboard.")
        parser.add_argument(
            "--interval",
            type=float,
            default=settings.PRESENCE_INTERVAL,
            help="Time between two samples, in s (0.2-60).",
        )
        parser.add_argument("--once", action="store_true", help="Take one sample and end.")

    def handle(self, *args: Any, host: str, interval: float, once: bool, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "run_detector publishes to other processes and needs Redis: set REDIS_URL, for instance "
                "REDIS_URL=redis://127.0.0.1:6379/0. Without Redis, `manage.py serve` has the detector inside."
            )
        if not 0.2 <= interval <= 60:
            raise CommandError("--interval must be between 0.2 and 60 seconds.")
        if not 0 < len(host) <= 253:
            raise CommandError("--host must have 1 to 253 characters.")
        detector = Detector(
            host=host, interval=interval, disk_path=settings.PRESENCE_DISK_PATH, grace=settings.PRESENCE_ALERT_GRACE
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: detector.stop())
        self.stdout.write(f"Watching {host} every {interval:g} s. Ctrl-C ends it.")
        if not once:
            chores.start(reads=False)
        detector.run(ticks=1 if once else None)
        chores.stop()
        publisher.drain(timeout=2)
        self.stdout.write("Stopped; everything is stored.")
