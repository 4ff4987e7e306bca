"""What is judged besides readings: hosts that went silent, the installation as a whole, notices and reminders.

Every few seconds, in each detector; what several find at once is written once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from metrics.alerting import host_judge
from metrics.maintenance import maintenance_apply
from metrics.measures import measure
from metrics.models import PRESENCE_SERVICE, AlertTransition, Host, Rule
from metrics.notify import outbox
from metrics.rulebook import Rulebook, rulebook
from metrics.standing import States, machines_seen, states_of_rules
from realtime import publisher

logger = logging.getLogger(__name__)

EVERY_MS = 2_000
SELDOM_MS = 6_000
"""How often notices and reminders are looked at; an edited notice is applied at once, by the edit."""
PRUNE_MS = 600_000
DAY_MS = 86_400_000


Part = Callable[[Rulebook, dict[int, States], int], list[AlertTransition]]


@dataclass
class _Heard:
    """When a host's newest reading changed, by our own clock (ms)."""

    last_seen: int
    at: int


class Watch:
    """Remembers, between its steps, when it last heard of each host."""

    def __init__(self, *, grace_until: int = 0) -> None:
        self._grace_until = grace_until
        self._heard: dict[int, _Heard] = {}
        self._due = 0
        self._seldom_due = 0
        self._prune_due = 0
        self._trouble = False
        self._installation: Host | None = None

    def step(self, now: int) -> int:
        """Do what is due at ``now`` (ms); return how many transitions came of it. Never raises for the database."""
        if self._due - EVERY_MS <= now < self._due:
            return 0
        self._due = now + EVERY_MS
        parts: tuple[Part, ...] = (self._hosts, self._measures, self._seldom)
        made: list[AlertTransition] = []
        try:
            book = rulebook()
            states = states_of_rules([*book.of_hosts(), *book.of_measures()])
            for part in parts:
                made += part(book, states, now)
            self._trouble = False
        except DatabaseError as error:
            self._installation = None  # it may have been deleted
            if not self._trouble:
                logger.warning("Hosts and notices can't be watched, the database does not answer: %s", error)
            self._trouble = True
        if made:
            publisher.hint(topic="health", position=max(step.pk for step in made))
        return len(made)

    def _hosts(self, book: Rulebook, states: dict[int, States], now: int) -> list[AlertTransition]:
        rules = book.of_hosts()
        if not rules:
            return []
        made = []
        for host in machines_seen():
            silent = self._silence_of(host, now)
            made += host_judge(
                book=book,
                host=host,
                rules=[rule for rule in rules if rule.host_id in (None, host.pk)],
                states=states.get(host.pk, {}),
                value_of=lambda rule, silent=silent: silent,  # type: ignore[misc]
                now=now,
                grace=now < self._grace_until,
            )
        return made

    def _silence_of(self, host: Host, now: int) -> float:
        """Return for how many seconds a host was not heard of.

        A host stamps its readings by its own clock, which may be minutes off. A stamp that changed just now is news
        from just now, whatever it says.
        """
        heard = self._heard.get(host.pk)
        if heard is None:
            self._heard[host.pk] = _Heard(host.last_seen, min(host.last_seen, now))
        elif heard.last_seen != host.last_seen:
            heard.last_seen, heard.at = host.last_seen, now
        return max(0, now - self._heard[host.pk].at) / 1000

    def _measures(self, book: Rulebook, states: dict[int, States], now: int) -> list[AlertTransition]:
        rules = book.of_measures()
        if not rules:
            return []
        values = {rule.pk: measure(rule.component, now, rule.window_seconds * 1000) for rule in rules}
        if (host := self._installation_of(values.values())) is None:
            return []

        def value_of(rule: Rule) -> float | None:
            return values[rule.pk]

        return host_judge(
            book=book,
            host=host,
            rules=rules,
            states=states.get(host.pk, {}),
            value_of=value_of,
            now=now,
            grace=now < self._grace_until,
        )

    def _installation_of(self, values: Iterable[float | None]) -> Host | None:
        """Return the host that stands for the installation, made once there is something to say of it."""
        if self._installation is None:
            self._installation = Host.objects.filter(name=PRESENCE_SERVICE).first()
        if self._installation is None and any(value is not None for value in values):
            kind = {"kind": Host.Kind.SERVICE}
            self._installation = Host.objects.get_or_create(name=PRESENCE_SERVICE, defaults=kind)[0]
        return self._installation

    def _seldom(self, book: Rulebook, states: dict[int, States], now: int) -> list[AlertTransition]:
        if self._seldom_due - SELDOM_MS <= now < self._seldom_due:
            return []
        self._seldom_due = now + SELDOM_MS
        if any(rule.repeat_seconds for rule in book.rules):
            outbox.reminders_plan(now=now)
        self._prune(now)
        return maintenance_apply(now=now)

    def _prune(self, now: int) -> None:
        if self._prune_due - PRUNE_MS <= now < self._prune_due:
            return
        self._prune_due = now + PRUNE_MS
        outbox.deliveries_prune(before=now - settings.PRESENCE_NOTIFY_KEEP_DAYS * DAY_MS)
