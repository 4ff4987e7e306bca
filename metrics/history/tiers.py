"""Which widths of buckets there are, which one answers a range, and where its parts come from. Pure.

A range is cut into *pieces*, each read from one tier: the widest tier that fits as far as it is built, narrower ones
for the rest, the readings themselves for the newest minute or two. Every part of the range is in exactly one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Tier:
    """One width of buckets. ``step`` in s; 0 for the readings themselves."""

    name: str
    step: int
    setting: str
    """The setting that says how long it is kept."""
    unit: int
    """What the setting counts in, ms."""

    @property
    def width(self) -> int:
        """The width of a bucket in ms; 1 for the readings themselves."""
        return self.step * SECOND or 1


RAW = Tier("raw", 0, "PRESENCE_RAW_HOURS", HOUR)
TIERS = (
    RAW,
    Tier("10s", 10, "PRESENCE_TEN_SECONDS_DAYS", DAY),
    Tier("1m", 60, "PRESENCE_MINUTES_DAYS", DAY),
    Tier("5m", 300, "PRESENCE_FIVE_MINUTES_DAYS", DAY),
    Tier("1h", 3600, "PRESENCE_HOURS_DAYS", DAY),
)
"""From narrow to wide; each width divides the next. ``docs/history.md`` has the measurement behind the choice."""
BUCKET_TIERS = TIERS[1:]
BY_NAME = {tier.name: tier for tier in TIERS}

STEPS = tuple(
    SECOND * seconds
    for seconds in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
)
"""The widths that a chart's buckets may have, in ms: from 10 s on, each is a multiple of a tier's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a range, from ``start`` to before ``end`` (ms), and the tier that it is read from."""

    tier: Tier
    start: int
    end: int


def kept(tier: Tier, values: dict[str, int]) -> int:
    """Return for how long a tier is kept, in ms: never shorter than a narrower one, which it is built from."""
    narrower = TIERS[: TIERS.index(tier) + 1]
    return max(values[one.setting] * one.unit for one in narrower)


def step_for(*, start: int, end: int, points: int, narrowest: int = SECOND) -> int:
    """Return the bucket width in ms that divides a range into at most ``points``, one of a few round ones.

    Buckets are aligned to the epoch, so the same moment always falls into the same bucket and a live chart does not
    shimmer. A range that begins within a bucket touches one bucket more.
    """
    wanted = max((end - start) / max(points, 1), narrowest)
    for step in STEPS:
        if step >= wanted:
            return step
    day = STEPS[-1]
    return int(-(-wanted // day) * day)


def narrowest_kept(*, start: int, pruned_until: int, now: int, values: dict[str, int]) -> int:
    """Return the least width in ms at which there still is something of the time ``start``."""
    if start >= pruned_until:
        return SECOND
    for tier in BUCKET_TIERS:
        if start >= now - kept(tier, values):
            return tier.width
    return TIERS[-1].width


def tier_for(step: int) -> Tier:
    """Return the widest tier whose buckets fill buckets of ``step`` ms exactly."""
    return next(tier for tier in reversed(TIERS) if step % tier.width == 0)


def plan(*, start: int, end: int, step: int, rolled_until: int) -> list[Piece]:
    """Cut a range into pieces, in order. ``start`` and ``end`` must be multiples of ``step``; all in ms.

    ``rolled_until``: from there on there are no buckets that can be relied on.
    """
    pieces = []
    widest = TIERS.index(tier_for(step))
    at = start
    for tier in reversed(TIERS[: widest + 1]):
        until = end if tier is RAW else max(at, min(end, rolled_until // tier.width * tier.width))
        if until > at:
            pieces.append(Piece(tier, at, until))
            at = until
    return pieces


def aligned(*, start: int, end: int, step: int) -> tuple[int, int]:
    """Return the range widened to whole buckets."""
    return start // step * step, -(-end // step) * step


def hours_of(moments: Sequence[int]) -> list[int]:
    """Return the starts of the hours that these moments (ms) fall into, each once, in order."""
    return sorted({moment // HOUR * HOUR for moment in moments})
