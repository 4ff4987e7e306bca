"""``manage.py seed_demo``: a past for imagined machines."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metrics.history.demo import machine_seed
from metrics.history.tiers import DAY, HOUR


class Command(BaseCommand):
    """Fill the database with imagined machines; for a look around and for benchmarks."""

    requires_system_checks = ()
    help = "Store imagined machines demo-01, demo-02, … with a past. The same seed gives the same values."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hosts", type=int, default=3, help="How many machines (1-1000).")
        parser.add_argument("--raw-hours", type=float, default=24, help="Hours of single readings (0-168).")
        parser.add_argument("--days", type=float, default=30, help="Days of one-minute buckets (0-730).")
        parser.add_argument("--days-hosts", type=int, default=None, help="Only the first so many get them; all.")
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between readings (0.2-60).")
        parser.add_argument("--seed", type=int, default=1, help="Another seed, other values.")
        parser.add_argument("--now", type=int, default=None, help="Where the past ends, ms since the epoch; now.")

    def handle(self, *args: Any, **options: Any) -> None:
        hosts, started = options["hosts"], time.monotonic()
        if not (1 <= hosts <= 1000 and 0 <= options["raw_hours"] <= 168 and 0 <= options["days"] <= 730):
            raise CommandError("--hosts must be 1-1000, --raw-hours 0-168 and --days 0-730.")
        if not 0.2 <= options["interval"] <= 60:
            raise CommandError("--interval must be between 0.2 and 60 seconds.")
        now = options["now"] or time.time_ns() // 1_000_000
        with_days = hosts if options["days_hosts"] is None else options["days_hosts"]
        count = 0
        for number in range(1, hosts + 1):
            try:
                count += machine_seed(
                    name=f"demo-{number:02}",
                    number=number,
                    seed=options["seed"],
                    now=now,
                    raw_ms=int(options["raw_hours"] * HOUR),
                    past_ms=int((options["days"] if number <= with_days else 0) * DAY),
                    interval=int(options["interval"] * 1000),
                )
            except ValueError as error:
                raise CommandError(f"{error} Delete it in the admin first, or use another database.") from None
        self.stdout.write(f"{count:,} rows of {hosts} machines in {time.monotonic() - started:.1f} s.")
