"""The process behind ``alert_writer.py``: takes one JSON command a line, answers with one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import close_old_connections, transaction  # noqa: E402

from accounts.models import Token  # noqa: E402
from accounts.services import token_create  # noqa: E402
from metrics import alerting, services  # noqa: E402
from metrics.messages import Process, SystemStatus  # noqa: E402
from metrics.models import AlertTransition, Rule  # noqa: E402
from metrics.pipeline import Pipeline  # noqa: E402
from realtime import publisher  # noqa: E402
from tests.support.readings import make_reading  # noqa: E402

_pipelines: dict[str, Pipeline] = {}
_high: dict[str, bool] = {}


def _moments() -> Iterator[int]:
    last = 0
    while True:
        last = max(last + 1, time.time_ns() // 1_000_000)
        yield last


_moment = _moments()


def _reading(host: str, *, flip: bool, bulk: int = 0) -> SystemStatus:
    if flip:
        _high[host] = not _high.get(host, False)
    reading = make_reading(next(_moment), host=host, cpu=90.0 if _high.get(host) else 10.0)
    if bulk:
        reading.processes = [Process(pid, "a process of some size", 1.0, 1_000_000) for pid in range(bulk)]
    return reading


def prepare() -> None:
    """Leave one rule, which fires at once."""
    Rule.objects.all().delete()
    Rule.objects.create(component="cpu", warning_raise=50, for_seconds=0)


def tick(hosts: list[str], flips: list[str], bulk: int = 0) -> int:
    """One tick of each host, all the way to the browsers; those in ``flips`` cross the threshold."""
    made = 0
    for host in hosts:
        pipeline = _pipelines.setdefault(host, Pipeline(host))
        made += pipeline.tick(_reading(host, flip=host in flips, bulk=bulk if host not in flips else 0)).transitions
    return made


def flip(host: str, count: int, hint: bool = True, linger: float = 0.0, at_once: bool = False) -> int:
    """Write ``count`` transitions; each is kept open for ``linger`` s between its row and its commit.

    ``at_once`` commits them all together, which is much quicker.
    """
    made = []
    watched = services.host_ensure(name=host)
    with transaction.atomic() if at_once else nullcontext():
        for _ in range(count):
            with transaction.atomic():
                made = alerting.rules_judge(host=watched, reading=_reading(host, flip=True))
                if hint:
                    publisher.hint(topic="health", position=made[-1].pk)
                time.sleep(linger)
    return int(made[-1].pk) if made else 0


def prune(upto: int) -> int:
    """Delete the oldest transitions."""
    return AlertTransition.objects.filter(pk__lte=upto).delete()[0]


def rows() -> list[list[Any]]:
    """Return all transitions: id, alert, state, level, time."""
    found = AlertTransition.objects.order_by("pk")
    return [list(row) for row in found.values_list("pk", "alert_id", "state", "level", "timestamp")]


def user(name: str, admin: bool = False) -> str:
    """Make a user and return a token of theirs."""
    return token_create(user=User.objects.create_user(name, is_superuser=admin), name="test")


def deactivate(name: str) -> None:
    """Switch a user off."""
    found = User.objects.get(username=name)
    found.is_active = False
    found.save()


def revoke(name: str) -> None:
    """Delete every token of a user."""
    Token.objects.filter(user__username=name).delete()


def drain() -> None:
    """Wait until what was published has left this process."""
    publisher.drain(timeout=5)


COMMANDS = {"prepare": prepare, "tick": tick, "flip": flip, "prune": prune, "rows": rows, "drain": drain} | {
    "user": user,
    "deactivate": deactivate,
    "revoke": revoke,
}


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        close_old_connections()
        call: Any = COMMANDS[command.pop("do")]
        print(json.dumps(call(**command)), flush=True)


if __name__ == "__main__":
    main()
