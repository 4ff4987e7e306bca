"""Reads: which rules are in force, and where each stands on a host.

Read with every tick, or every other, so in plain SQL: the ORM's compiling costs several times what the query does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection

from metrics.models import Host, Revision, Rule, RuleState
from metrics.rulebook import RULES, Rulebook, rulebook_at

_FIELDS = RuleState._meta.concrete_fields
_NAMES = tuple(field.attname for field in _FIELDS)
_STATE = ", ".join(f"s.{field.column}" for field in _FIELDS)
_RAISED_AT, _NO_DATA = _NAMES.index("raised_at"), _NAMES.index("no_data")
_TABLE = RuleState._meta.db_table
ON_HOST = (
    f"SELECT r.value, {_STATE} FROM (SELECT 1) one "  # noqa: S608 - names of ours
    f"LEFT JOIN {Revision._meta.db_table} r ON r.name = %s LEFT JOIN {_TABLE} s ON s.host_id = %s"
)

_HOST = tuple(field.attname for field in Host._meta.concrete_fields)
MACHINES = f"SELECT {', '.join(_HOST)} FROM {Host._meta.db_table} WHERE kind = %s AND last_seen > 0"  # noqa: S608

States = dict[int, RuleState]
"""By the rule's id."""


def rules_and_states(host: Host) -> tuple[Rulebook, States]:
    """Return the rules in force and where they stand on a host.

    One statement, so that the two fit together: states read before the rules could lack a rule, states read after
    them could belong to a rule that was switched on in between and would look as if it were gone.
    """
    with connection.cursor() as cursor:
        cursor.execute(ON_HOST, [RULES, host.pk])
        rows = cursor.fetchall()
    states = (_state(row[1:]) for row in rows if row[1] is not None)
    return rulebook_at(rows[0][0]), {state.rule_id: state for state in states}


def states_of_rules(rules: Iterable[Rule]) -> dict[int, States]:
    """Return where some rules stand on every host, by the host's id."""
    found: dict[int, States] = {}
    keys = [rule.pk for rule in rules]
    if not keys:
        return found
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_STATE} FROM {_TABLE} s WHERE s.rule_id IN ({marks})", keys)  # noqa: S608 - as above
        for row in cursor.fetchall():
            state = _state(row)
            found.setdefault(state.host_id, {})[state.rule_id] = state
    return found


def machines_seen() -> list[Host]:
    """Return every machine that was ever heard of."""
    with connection.cursor() as cursor:
        cursor.execute(MACHINES, [str(Host.Kind.MACHINE)])
        return [Host.from_db(DEFAULT_DB_ALIAS, _HOST, row) for row in cursor.fetchall()]


def _state(row: tuple[Any, ...]) -> RuleState:
    values = list(row)
    if isinstance(values[_RAISED_AT], str):
        values[_RAISED_AT] = json.loads(values[_RAISED_AT])
    values[_NO_DATA] = bool(values[_NO_DATA])
    return RuleState.from_db(DEFAULT_DB_ALIAS, _NAMES, values)
