"""A scenario that brings its own subjects: what a part of Presence other than its sockets is measured with.

``bench/<area>.py`` declares them; ``run.py`` finds every module of this package that has a function ``scenarios``:

    def scenarios() -> list[Comparison]:
        return [
            Comparison(
                name="history-chart",
                title="A 30-day chart of one host, server time",
                subjects={"presence": chart_of_presence, "peer": chart_of_peer},
                columns=(Column("p95", "p95 ms", headline=True),),
            )
        ]

A subject takes one sample: it starts what it needs on ``cores.server``, measures from ``cores.client``, ends what it
has started, and returns figures by name. It raises ``Unavailable`` when it can't run here, ``Failed`` when it breaks;
either becomes its row. Samples of the subjects alternate, the table shows medians and the ratio to the subject
``presence``.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import bench
from bench.machine import Cores
from bench.samples import Sample
from bench.scenarios import Column

Subject = Callable[[Cores], Sample]
OURS = frozenset({"run", "comparison", "scenarios"})


@dataclass(frozen=True)
class Comparison:
    """One table of the report. Exactly one column is the ``headline``, of which the ratios are made."""

    name: str
    title: str
    subjects: Mapping[str, Subject]
    columns: tuple[Column, ...]
    notes: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)
    """More names under which ``--scenario`` takes it, for instance its area."""


def discovered() -> list[Comparison]:
    """Return the scenarios of every area, in the order of their modules' names."""
    found: list[Comparison] = []
    for info in pkgutil.iter_modules(bench.__path__):
        if info.ispkg or info.name in OURS:
            continue
        try:
            module = importlib.import_module(f"bench.{info.name}")
        except ImportError as reason:
            print(f"bench: {info.name} can't be loaded: {reason}", file=sys.stderr)
            continue
        make = getattr(module, "scenarios", None)
        if callable(make):
            found += make()
    return found
