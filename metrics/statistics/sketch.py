"""Latency sketches that can be added up and stored: DDSketch with a relative error of 1 %.

A value ``v`` > 0 falls into the bin ``ceil(log(v) / log(gamma))`` with ``gamma = (1 + a) / (1 - a)`` and a = 0.01
(Masson, Rim, Lee: "DDSketch", VLDB 2019); values up to 1e-9 are counted as zero. That is all an application needs to
know to make one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import add

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

_MAPPING = LogarithmicMapping(RELATIVE_ERROR)
_decode = msgspec.msgpack.Decoder(list[int]).decode
_encode = msgspec.msgpack.Encoder().encode


def _filled(bins: Mapping[int, int]) -> DenseStore:
    """Return a store with these bins, at once: one by one it takes ten times as long, and rows are read by hundreds."""
    store = DenseStore()
    store.min_key, store.max_key = min(bins), max(bins)
    store.offset = store.min_key
    store.bins = [0.0] * (store.max_key - store.min_key + 1)
    for key, count in bins.items():
        store.bins[key - store.offset] = float(count)
    store.count = float(sum(bins.values()))
    return store


def _joined(one: DenseStore, other: DenseStore) -> DenseStore:
    """Return a store with the bins of both: ``one`` itself where it is wide enough.

    As ``DenseStore.merge``, but with the adding done in C: statistics of a day are hundreds of merges every 5 s.
    """
    low, high = other.min_key, other.max_key
    if not one.count or low < one.offset or high >= one.offset + len(one.bins):
        wide = DenseStore()
        wide.offset = min(low, one.min_key) if one.count else low
        wide.bins = [0.0] * (max(high, one.max_key) - wide.offset + 1 if one.count else high - low + 1)
        if one.count:
            at = one.min_key - wide.offset
            known = one.bins[one.min_key - one.offset : one.max_key - one.offset + 1]
            wide.bins[at : at + len(known)] = known
            wide.min_key, wide.max_key, wide.count = one.min_key, one.max_key, one.count
        one = wide
    at, width = low - one.offset, high - low + 1
    added = other.bins[low - other.offset : high - other.offset + 1]
    one.bins[at : at + width] = map(add, one.bins[at : at + width], added)
    one.min_key, one.max_key = min(low, one.min_key), max(high, one.max_key)
    one.count += other.count
    return one


class Sketch:
    """Counts of values by size. Not thread-safe."""

    __slots__ = ("_sketch", "_store")

    def __init__(self, bins: Mapping[int, int] | None = None, zero: int = 0) -> None:
        self._store = _filled(bins) if bins else DenseStore()
        self._sketch = BaseDDSketch(_MAPPING, self._store, DenseStore(), zero)

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
        zero = self.zero + other.zero
        if other._store.count:
            self._store = _joined(self._store, other._store)
        self._sketch = BaseDDSketch(_MAPPING, self._store, DenseStore(), zero)

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
