"""What browsers report, added up."""

from __future__ import annotations

from realtime.reports import ClientMetrics, ClientReports, merge_reports


def test_counters_add_what_they_have_grown_by() -> None:
    reports = ClientReports()
    for reconnections in (1, 3, 3):
        reports.take("socket", ClientMetrics(reconnections=reconnections))
    assert reports.totals["reconnections"] == 3


def test_a_page_on_a_new_socket_is_not_counted_twice() -> None:
    reports = ClientReports()
    reports.take("one", ClientMetrics(client="page", errors=2))
    reports.forget("one")
    reports.take("two", ClientMetrics(client="page", errors=3))
    assert reports.totals["errors"] == 3


def test_a_counter_that_begins_anew_counts_from_there() -> None:
    reports = ClientReports()
    reports.take("socket", ClientMetrics(messages_sent=10))
    reports.take("socket", ClientMetrics(messages_sent=4))
    assert reports.totals["messages_sent"] == 14


def test_processes_are_merged() -> None:
    one, other = ClientReports(), ClientReports()
    for number, latency in enumerate((10.0, 20.0, 30.0)):
        one.take(str(number), ClientMetrics(latency=latency, quality="good", connection_time=100.0))
    other.take("x", ClientMetrics(quality="poor", bytes_transferred=7))
    other.take("gone", ClientMetrics(quality="critical"))
    other.forget("gone")
    found = merge_reports([one.now(), other.now()])
    assert found["reporting"] == 4 and found["quality"] == {"good": 3, "poor": 1} and found["bytesTransferred"] == 7
    assert abs(found["latency"]["p50"] - 20) < 0.4 and abs(found["connectionTime"]["p95"] - 100) < 2
