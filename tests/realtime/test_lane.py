"""Lanes: who shares one, what passes, what each member is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.lane import CHUNK, THROTTLE_STEPS_MS, Options
from realtime.protocol import Filter, SubscribePayload
from tests.support.hub import join, make_alert, make_event, make_hub
from tests.support.waiting import eventually_async


@pytest.mark.parametrize(
    ("asked", "given_"),
    [(0, 0), (1, 100), (100, 100), (101, 250), (999, 1000), (1001, 2000), (30_001, 60_000), (60_000, 60_000)],
)
def test_a_throttle_is_rounded_up(asked: int, given_: int) -> None:
    assert Options.of(asked, None, "1.0").throttle_ms == given_


@given(st.integers(0, 60_000))
def test_a_throttle_is_never_shorter_than_asked_for(asked: int) -> None:
    assert asked <= Options.of(asked, None, "1.0").throttle_ms in THROTTLE_STEPS_MS


def test_the_same_wishes_in_another_order_share_a_lane() -> None:
    one = Options.of(150, Filter(hosts=["a", "b"]), "1.0")
    other = Options.of(250, Filter(hosts=["b", "a", "a"]), "1.0")
    assert one == other
    assert one != Options.of(250, Filter(hosts=["a"]), "1.0")
    assert one != Options.of(250, Filter(hosts=["a", "b"]), "1.1")


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (Filter(), True),
        (Filter(hosts=["a"]), True),
        (Filter(hosts=["b"]), False),
        (Filter(hosts=[]), False),
        (Filter(components=["cpu", "disk"]), True),
        (Filter(components=["memory"]), False),
        (Filter(min_severity="info"), True),
        (Filter(min_severity="warning"), True),
        (Filter(min_severity="critical"), False),
        (Filter(hosts=["a"], components=["memory"]), False),
    ],
)
def test_a_filter_lets_through_what_it_names(wanted: Filter, passes: bool) -> None:
    warning = make_alert(1, host="a", component="cpu", severity="warning")
    assert Options.of(0, wanted, "1.0").wants(warning) is passes


def test_an_event_without_the_field_passes_a_filter_on_it() -> None:
    options = Options.of(0, Filter(min_severity="critical", components=["cpu"], hosts=["b"]), "1.0")
    assert options.wants(make_event(host=None))


async def test_sockets_with_the_same_options_share_one_lane() -> None:
    hub, _ = make_hub()
    topics = [hub.topics["status"]]
    for _ in range(3):
        hub.subscriptions.subscribe(join(hub)[0], topics, SubscribePayload(types=["status"]), None)
    hub.subscriptions.subscribe(join(hub)[0], topics, SubscribePayload(types=["status"], throttle_ms=500), None)
    assert sorted(len(lane.members) for lane in hub.subscriptions.lanes.values()) == [1, 3]


async def test_a_lane_is_gone_with_its_last_member() -> None:
    hub, _ = make_hub()
    connection, _ = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"]), None)
    connection.connection_closed(1000)
    assert hub.subscriptions.lanes == {} and hub.connections == {}


async def test_events_of_one_window_arrive_as_one_batch() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"]), None)
    for position in range(1, 5):
        hub.feed.take(make_event(position, key=f"host{position}"))
    await eventually_async(lambda: "batch_update" in transport.events())
    assert transport.last("status_update")["timestamp"] == 1
    assert [entry["data"]["timestamp"] for entry in transport.last("batch_update")["events"]] == [2, 3, 4]


async def test_a_filtered_lane_is_sent_only_what_it_wants() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    payload = SubscribePayload(types=["status"], filter=Filter(hosts=["b"]))
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], payload, None)
    hub.feed.take(make_event(1, host="a"))
    hub.feed.take(make_event(2, host="b"))
    assert [m["data"]["timestamp"] for m in transport.sent if m["event"] == "status_update"] == [2]


async def test_a_large_lane_is_written_in_chunks_and_nobody_is_left_out() -> None:
    hub, _ = make_hub()
    everyone = [join(hub) for _ in range(2 * CHUNK + 50)]
    for connection, _ in everyone:
        hub.subscriptions.subscribe(
            connection, [hub.topics["health"]], SubscribePayload(types=["health"], history=0), None
        )
    for position in range(1, 4):
        hub.feed.take(make_alert(position, priority="high"))
    await eventually_async(lambda: all(t.events().count("health_alert") == 3 for _, t in everyone))


async def test_a_slow_reader_gets_the_newest_and_hears_what_it_missed() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["status"]], SubscribePayload(types=["status"]), None)
    transport.paused = True
    for position in range(1, 6):
        hub.feed.take(make_event(position, priority="high"))
    transport.paused = False
    connection.writing_resumed()
    assert transport.events()[-2:] == ["error", "status_update"]
    assert transport.last("error") == {
        "code": "QUEUE_OVERFLOW",
        "message": "You read too slowly: 4 updates were skipped, the newest follow.",
        "details": {"missed": 4},
    }
    assert transport.last("status_update")["timestamp"] == 5


async def test_a_slow_reader_gets_every_alert_once_and_in_order() -> None:
    hub, _ = make_hub()
    connection, transport = join(hub)
    hub.subscriptions.subscribe(connection, [hub.topics["health"]], SubscribePayload(types=["health"]), None)
    hub.feed.take(make_alert(1, priority="high"))
    transport.paused = True
    for position in range(2, 150):
        hub.feed.take(make_alert(position, priority="high"))
    transport.paused = False
    connection.writing_resumed()
    await eventually_async(lambda: connection.outbox is None)
    ids = [a["alert"]["id"] for m in transport.sent for a in alerts_in(m)]
    assert ids == list(range(1, 150))


def alerts_in(message: dict[str, object]) -> list[dict[str, dict[str, int]]]:
    """Return the data of the alerts in a message, batched or not."""
    data: dict[str, object] = message["data"]  # type: ignore[assignment]
    if message["event"] == "batch_update":
        return [entry["data"] for entry in data["events"]]  # type: ignore[attr-defined]
    return [data] if message["event"] == "health_alert" else []  # type: ignore[list-item]
