"""From samples to medians, ratios and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.samples import Sample
from bench.scenarios import Column, Scenario

REFERENCE = "presence"
CLIENT_CPU = ("clientCpu", "singleClientCpu")
CLIENT_BOUND = 92.0
"""Percent of its core from which the load client, not the server, may be what was measured."""


@dataclass
class Row:
    """One server in one scenario: its samples, or why there are none."""

    name: str
    samples: list[Sample] = field(default_factory=list)
    failure: str = ""

    def medians(self) -> Sample:
        """Return the median of each figure over the samples."""
        keys = sorted({key for sample in self.samples for key in sample})
        return {key: median([sample[key] for sample in self.samples if key in sample]) for key in keys}


def socket_table(scenario: Scenario, sockets: int, rows: list[Row]) -> str:
    """Return the table of one scenario of the sockets."""
    title = scenario.title if sockets == scenario.sockets else f"{scenario.title} (here: {sockets:,} sockets)"
    return table(title, scenario.columns, rows, scenario.notes)


def table(title: str, columns: Sequence[Column], rows: list[Row], notes: str = "") -> str:
    """Return a table with a line a row, ratios to Presence in the last column."""
    samples = max((len(row.samples) for row in rows), default=0)
    headline = next(column for column in columns if column.headline)
    lines = [f"\n{title}", f"medians of {samples}; the last column is {headline.title} / Presence's"]
    reference = next((row.medians().get(headline.key) for row in rows if row.name == REFERENCE and row.samples), None)
    cells = [["", *(column.title for column in columns), "ratio"]]
    for row in rows:
        if not row.samples:
            cells.append([row.name, row.failure])
            continue
        values = row.medians()
        shown = [_cell(column, values) for column in columns]
        ratio = values[headline.key] / reference if reference and headline.key in values else None
        cells.append([row.name, *shown, _shown(ratio, 2)])
    lines += _aligned(cells)
    if notes:
        lines.append(notes)
    if any("*" in cell for line in cells for cell in line):
        lines.append("* the load client used its whole core: the server may be faster than this.")
    return "\n".join(lines)


def _aligned(cells: list[list[str]]) -> list[str]:
    """Return one line a row; a row of two cells is a name and a sentence."""
    full = [line for line in cells if len(line) == len(cells[0])]
    widths = [max(len(line[i]) for line in full) for i in range(len(cells[0]))]
    widths[0] = max(len(line[0]) for line in cells)
    lines = []
    for name, *rest in cells:
        shown = [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)] if len(rest) > 1 else rest
        lines.append("  ".join([name.ljust(widths[0]), *shown]))
    return lines


def _cell(column: Column, values: Sample) -> str:
    value = values.get(column.key)
    busy = value is not None and column.key in CLIENT_CPU and value >= CLIENT_BOUND
    return _shown(value, column.digits) + ("*" if busy else "")


def _shown(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
