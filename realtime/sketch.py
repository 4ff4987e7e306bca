"""Latencies as mergeable sketches (DDSketch, relative error 1 %) that travel as JSON between processes.

A value falls into the bin ``key``, which stands for the range from gamma^(key - 1) to gamma^key (Masson et al.,
DDSketch, VLDB 2019, with gamma = (1 + error) / (1 - error)). A packed sketch is its bins, so two merge by adding up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ddsketch.mapping import LogarithmicMapping

RELATIVE_ERROR = 0.01
SMALLEST = 0.001
"""Below this, in ms, a value counts as this."""
_mapping = LogarithmicMapping(RELATIVE_ERROR)

Packed = dict[str, int]
"""Weight by key; keys are texts because JSON has no others."""


class Sketch:
    """Values of one process, in ms. One ``add`` is two look-ups."""

    __slots__ = ("bins",)

    def __init__(self) -> None:
        self.bins: Counter[int] = Counter()

    def add(self, value: float, weight: int = 1) -> None:
        """Count a value so many times."""
        self.bins[_mapping.key(max(value, SMALLEST))] += weight

    def packed(self) -> Packed:
        """Return it in a form that JSON knows."""
        return {str(key): weight for key, weight in list(self.bins.items())}


def packed(values: Iterable[float]) -> Packed:
    """Return the packed sketch of some values."""
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch.packed()


def merged(sketches: Iterable[Packed]) -> Packed:
    """Return the sketch of everything that is in any of them."""
    whole: Counter[str] = Counter()
    for one in sketches:
        whole.update(one)
    return dict(whole)


def quantile(sketch: Packed, share: float) -> float | None:
    """Return the value in ms below which ``share`` (0-1) of the weight lies; None without any."""
    total = sum(sketch.values())
    seen = 0
    for key in sorted(map(int, sketch)):
        seen += sketch[str(key)]
        if seen >= share * total and total:
            return round(float(_mapping.value(key)), 2)
    return None
