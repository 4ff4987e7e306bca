"""Reading the real host."""

from __future__ import annotations

import time
from collections import namedtuple

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from metrics.collectors import Collector, busy_share, established_connections, hottest
from metrics.messages import Process, SystemStatus
from tests.support.load import busy_core
from tests.support.waiting import eventually

Times = namedtuple("Times", "user system idle iowait guest guest_nice")


@pytest.fixture(scope="module")
def reading() -> SystemStatus:
    """One reading, after enough work to show in the kernel's counters."""
    collector = Collector(host="here", version="0.1.0")
    with busy_core():
        start = psutil.Process().cpu_times().user
        eventually(lambda: psutil.Process().cpu_times().user - start > 0.25)
        return collector.read()


def test_the_first_cpu_reading_is_not_zero_under_load(reading: SystemStatus) -> None:
    assert 0 < reading.cpu_usage <= 100


def test_every_core_is_read(reading: SystemStatus) -> None:
    assert isinstance(reading.cpu_per_core, list) and len(reading.cpu_per_core) == psutil.cpu_count()
    assert all(0 <= core <= 100 for core in reading.cpu_per_core)
    assert reading.cpu_usage == pytest.approx(sum(reading.cpu_per_core) / len(reading.cpu_per_core), abs=0.06)


def test_memory_disk_and_swap_are_percentages(reading: SystemStatus) -> None:
    assert 0 < reading.memory_usage < 100 and 0 < reading.disk_usage <= 100
    assert isinstance(reading.swap_usage, float) and 0 <= reading.swap_usage <= 100
    assert reading.memory_total == psutil.virtual_memory().total
    assert reading.disk_total == psutil.disk_usage("/").total


def test_it_says_who_and_when(reading: SystemStatus) -> None:
    assert (reading.host, reading.version, reading.system_online) == ("here", "0.1.0", True)
    assert 0 <= time.time() * 1000 - reading.timestamp < 3_600_000
    assert reading.uptime > 0 and isinstance(reading.process_memory, int) and reading.process_memory > 1_000_000


def test_rates_are_not_negative(reading: SystemStatus) -> None:
    for rate in (reading.network_received, reading.network_sent, reading.disk_read, reading.disk_written):
        assert rate is UNSET or (isinstance(rate, float) and rate >= 0)


def test_the_busiest_processes_come_once_there_is_something_to_compare_with() -> None:
    collector = Collector(host="here", version="")
    assert collector.read().processes is UNSET
    found = eventually(lambda: processes_of(collector.read()))
    assert 1 <= len(found) <= 8 and found == sorted(found, key=lambda p: (p.cpu, p.memory), reverse=True)
    assert collector.read().processes is UNSET


def processes_of(reading: SystemStatus) -> list[Process]:
    """Return the processes of a reading, an empty list when it has none."""
    return [] if isinstance(reading.processes, UnsetType) else reading.processes


def test_an_open_connection_is_counted() -> None:
    import socket

    before = established_connections()
    with socket.create_server(("127.0.0.1", 0)) as server:
        clients = [socket.create_connection(server.getsockname()) for _ in range(40)]
        accepted = [server.accept()[0] for _ in clients]
        assert established_connections() >= before + 40  # both ends are here, others may close theirs meanwhile
    for one in clients + accepted:
        one.close()


def test_a_temperature_is_plausible_or_absent() -> None:
    found = hottest()
    assert found is None or 0 < found < 150


def test_a_core_that_did_nothing_is_idle() -> None:
    assert busy_share(Times(1, 1, 10, 0, 0, 0), Times(1, 1, 11, 0, 0, 0)) == 0.0


def test_a_core_that_only_worked_is_busy() -> None:
    assert busy_share(Times(1, 1, 10, 0, 0, 0), Times(2, 2, 10, 0, 0, 0)) == 100.0


def test_waiting_for_the_disk_is_idle_and_guests_are_counted_once() -> None:
    assert busy_share(Times(0, 0, 0, 0, 0, 0), Times(1, 0, 0, 3, 0, 0)) == 25.0
    assert busy_share(Times(0, 0, 0, 0, 0, 0), Times(1, 0, 3, 0, 1, 0)) == 25.0


def test_no_time_passed_is_zero_and_no_division() -> None:
    assert busy_share(Times(1, 1, 1, 1, 0, 0), Times(1, 1, 1, 1, 0, 0)) == 0.0


times = st.builds(Times, *[st.floats(0, 1e6) for _ in range(6)])


@given(times, times)
def test_a_share_is_always_a_percentage_even_when_counters_go_back(before: Times, after: Times) -> None:
    assert 0.0 <= busy_share(before, after) <= 100.0
