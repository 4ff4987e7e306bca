"""What happened lately: reconnects and latencies, over processes."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime import sketch
from realtime.timeline import RETURN_MS, STEP_MS, Timeline, latencies_since, reconnect_share

NOW = 1_700_000_000_000


def test_who_comes_soon_after_losing_a_socket_comes_back() -> None:
    timeline = Timeline()
    for code, later in (
        (1006, 0),
        (1012, RETURN_MS),
        (1006, RETURN_MS + 1),
        (1000, 0),
        (1001, 0),
        (1008, 0),
        (4001, 0),
    ):
        timeline.lost("ws", f"user{code}{later}", code, NOW)
        timeline.arrived("ws", f"user{code}{later}", NOW + later)
    assert reconnect_share([timeline.packed()], since=NOW) == round(100 * 2 / 7, 2)


def test_one_lost_socket_explains_one_reconnect_on_its_own_endpoint() -> None:
    timeline = Timeline()
    timeline.lost("ws", "1", 1006, NOW)
    for endpoint in ("query", "ws", "ws"):
        timeline.arrived(endpoint, "1", NOW)
    assert reconnect_share([timeline.packed()], since=NOW) == 33.33


def test_only_the_window_counts_and_processes_add_up() -> None:
    one, other = Timeline(), Timeline()
    one.arrived("ws", "1", NOW - 3_600_000 - STEP_MS)
    other.lost("ws", "1", 1006, NOW)
    other.arrived("ws", "1", NOW)
    assert reconnect_share([one.packed(), other.packed()], since=NOW - 3_600_000) == 100.0
    assert reconnect_share([one.packed()], since=NOW - 3_600_000) is None


def test_latencies_of_processes_merge_and_are_weighted() -> None:
    one, other = Timeline(), Timeline()
    one.written(10.0, 95, NOW)
    other.written(200.0, 5, NOW)
    other.written(9_999.0, 1_000, NOW - 70_000)
    whole = latencies_since([one.packed(), other.packed()], since=NOW - 60_000)
    assert sum(whole.values()) == 100
    assert abs((sketch.quantile(whole, 0.95) or 0) - 10) < 0.2 and abs((sketch.quantile(whole, 0.99) or 0) - 200) < 4


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_within_one_percent_of_the_exact_one(values: list[float], share: float) -> None:
    halves = values[::2], values[1::2]
    found = sketch.quantile(sketch.merged(sketch.packed(half) for half in halves), share)
    exact = min(value for value in values if sum(one <= value for one in values) >= share * len(values))
    assert found is not None and abs(found - exact) <= 0.0101 * exact + 0.01


def test_nothing_has_no_quantile() -> None:
    assert sketch.quantile({}, 0.5) is None


def test_what_is_kept_is_bounded() -> None:
    timeline, generator = Timeline(), random.Random(1)
    for second in range(0, 7_200, 5):
        timeline.arrived("ws", "1", NOW + second * 1000)
        timeline.written(generator.expovariate(1 / 20), 1, NOW + second * 1000)
    kept = timeline.packed()
    assert len(kept["arrivals"]) <= 361 and len(kept["latencies"]) <= 60
