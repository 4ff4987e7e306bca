"""Latency sketches that can be added up and stored: DDSketch with a relative error of 1 %.

A value ``v`` > 0 falls into the bin ``ceil(log(v) / log(gamma))`` with ``gamma = (1 + a) / (1 - a)`` and a = 0.01
(Masson, Rim, Lee: "DDSketch", VLDB 2019); values up to 1e-9 are counted as zero. That is all an application needs to
know to make one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import msgspec
from ddsketch.ddsketch import BaseDDSketch
from ddsketch.mapping import LogarithmicMapping
from ddsketch.store import DenseStore

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
LEAST, GREATEST = 1e-6, 1e9
"""Latencies in ms are held within these bounds: 1 ns and eleven days."""
LEAST_KEY = math.ceil(math.log(LEAST) / math.log(GAMMA)) - 1
GREATEST_KEY = math.ceil(math.log(GREATEST) / math.log(GAMMA)) + 1

_decode = msgspec.msgpack.Decoder(list[int]).decode
_encode = msgspec.msgpack.Encoder().encode


class Sketch:
    """Counts of values by size. Not thread-safe."""

    __slots__ = ("_sketch", "_store")

    def __init__(self, bins: Mapping[int, int] | None = None, zero: int = 0) -> None:
        self._store = DenseStore()
        for key, count in (bins or {}).items():
            self._store.add(key, count)
        self._sketch = BaseDDSketch(LogarithmicMapping(RELATIVE_ERROR), self._store, DenseStore(), zero)

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self._sketch.count)

    @property
    def zero(self) -> int:
        """How many of them are zero."""
        return int(self._sketch.count - self._store.count)

    def add(self, value: float) -> None:
        """Count one value; it is held within ``LEAST`` and ``GREATEST``, below zero counts as zero."""
        self._sketch.add(0.0 if value < LEAST else min(value, GREATEST))

    def extend(self, values: Iterable[float]) -> None:
        """Count several values."""
        for value in values:
            self.add(value)

    def merge(self, other: Sketch) -> None:
        """Add what another sketch holds."""
        if not self._sketch.count and other._sketch.count:
            zero, self._store = other.zero, DenseStore()
            self._store.copy(other._store)
            self._sketch = BaseDDSketch(LogarithmicMapping(RELATIVE_ERROR), self._store, DenseStore(), zero)
        else:
            self._sketch.merge(other._sketch)

    def quantile(self, share: float) -> float | None:
        """Return the value at a share (0-1) of the sorted values, within 1 %; None when there is none."""
        return self._sketch.get_quantile_value(share)

    def bins(self) -> dict[int, int]:
        """Return the bins that are not empty."""
        store = self._store
        return {key: int(n) for key, n in enumerate(store.bins, start=store.offset) if n}

    def to_bytes(self) -> bytes:
        """Return it for storage: the zeros, then each bin as its distance from the one before and its count."""
        flat, before = [self.zero], 0
        for key, count in sorted(self.bins().items()):
            flat += (key - before, count)
            before = key
        return _encode(flat)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """Return the sketch that was stored."""
        flat, key, bins = _decode(data), 0, {}
        for distance, count in zip(flat[1::2], flat[2::2], strict=True):
            key += distance
            bins[key] = count
        return cls(bins, flat[0])
