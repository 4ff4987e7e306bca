"""The rules as the detector needs them: read again only when somebody edited one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db import connection

from metrics.alerts import Thresholds
from metrics.components import FROM_READINGS
from metrics.models import Component, Revision, Rule

RULES = "rules"
REVISION = f"SELECT value FROM {Revision._meta.db_table} WHERE name = %s"  # noqa: S608 - a name of ours
NO_DATA_MS = 120_000
"""A value that is missing for this long is the state "no data"."""


@dataclass(frozen=True)
class Rulebook:
    """Every enabled rule, at one revision."""

    revision: int | None
    rules: tuple[Rule, ...]

    def of_readings(self, host_id: int) -> list[Rule]:
        """Return the rules that judge the readings of a host."""
        return [rule for rule in self.rules if rule.component in FROM_READINGS and rule.host_id in (None, host_id)]

    def of_hosts(self) -> list[Rule]:
        """Return the rules about hosts that went silent."""
        return [rule for rule in self.rules if rule.component == Component.HOST]

    def of_measures(self) -> list[Rule]:
        """Return the rules about the installation as a whole."""
        return [rule for rule in self.rules if rule.component not in FROM_READINGS and rule.component != Component.HOST]

    def thresholds(self, rule: Rule) -> Thresholds:
        """Return the numbers of one of these rules, made once."""
        known = self._thresholds.get(rule.pk)
        if known is None:
            known = self._thresholds[rule.pk] = thresholds_of(rule)
        return known

    @cached_property
    def _thresholds(self) -> dict[int, Thresholds]:
        return {}

    @cached_property
    def ids(self) -> frozenset[int]:
        """The ids of all enabled rules."""
        return frozenset(rule.pk for rule in self.rules)


def longest_windows(rules: Iterable[Rule]) -> Mapping[str, int]:
    """Return the longest window of each component in ms."""
    lengths: dict[str, int] = {}
    for rule in rules:
        lengths[rule.component] = max(lengths.get(rule.component, 0), rule.window_seconds * 1000)
    return lengths


_current = Rulebook(None, ())


def rulebook() -> Rulebook:
    """Return the rules in force. Costs one look at one row while nothing was edited."""
    with connection.cursor() as cursor:
        cursor.execute(REVISION, [RULES])
        row = cursor.fetchone()
    return rulebook_at(row[0] if row else None)


def rulebook_at(revision: int | None) -> Rulebook:
    """Return the rules in force, given the revision that was just read."""
    global _current  # noqa: PLW0603
    if revision is None or revision != _current.revision:
        # The revision was read first: an edit that comes in between is noticed with the next look.
        _current = Rulebook(revision, tuple(Rule.objects.filter(enabled=True).select_related("host")))
    return _current


def rules_edited() -> None:
    """Say, within the transaction of the edit, that the rules are to be read again."""
    # Not a count: a restored database would count to the same numbers again.
    Revision.objects.update_or_create(name=RULES, defaults={"value": time.time_ns()})


def thresholds_of(rule: Rule) -> Thresholds:
    """Return a rule's numbers for the state machine."""
    return Thresholds(
        above=rule.comparison == "above",
        warning_raise=rule.warning_raise,
        warning_clear=rule.warning_clear,
        critical_raise=rule.critical_raise,
        critical_clear=rule.critical_clear,
        for_ms=rule.for_seconds * 1000,
        keep_firing_for_ms=rule.keep_firing_for_seconds * 1000,
        no_data_level=rule.no_data,
        no_data_ms=NO_DATA_MS,
        flap_raises=settings.PRESENCE_FLAP_RAISES,
        flap_window_ms=settings.PRESENCE_FLAP_WINDOW * 1000,
        flap_hold_ms=settings.PRESENCE_FLAP_HOLD * 1000,
    )
