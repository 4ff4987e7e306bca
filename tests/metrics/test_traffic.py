"""Bytes over the network and to the disks: what the kernel's files say, and that psutil says the same."""

from __future__ import annotations

import psutil
import pytest

from metrics.traffic import Disks, Traffic, network, parse_diskstats, parse_net_dev

NET = b"""Inter-|   Receive                             |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes packets errs
    lo:    1000  10  0  0  0  0  0  0  1000  10  0  0  0  0  0  0
  eth0:1:  500   5   0  0  0  0  0  0  70    5   0  0  0  0  0  0
"""
DISKS = """ 254       0 vda 10 0 100 5 20 0 200 9 0 5 14 0 0 0 0 0 0
 254       1 vda1 9 0 90 5 19 0 190 9 0 5 14 0 0 0 0 0 0
 253       0 dm-0 9 0 80 5 19 0 180 9 0 5 14 0 0 0 0 0 0
"""


def kind(name: str) -> str:
    return {"vda": "disk", "vda1": "part", "dm-0": "virtual"}[name]


def test_all_interfaces_are_added_up() -> None:
    assert parse_net_dev(NET) == Traffic(1500, 1070)
    assert parse_net_dev(b"\n".join(NET.splitlines()[:2])) is None


def test_a_disk_counts_once_whatever_lies_on_it() -> None:
    assert parse_diskstats(DISKS, kind) == Traffic(100 * 512, 200 * 512)


def test_where_there_is_nothing_else_what_lies_on_disks_counts() -> None:
    assert parse_diskstats("\n".join(DISKS.splitlines()[1:]), kind) == Traffic(80 * 512, 180 * 512)
    assert parse_diskstats(DISKS.splitlines()[1], kind) is parse_diskstats("", kind) is None


@pytest.mark.parametrize("text", ["x", "1 2 3 4", "1 2 vda a b c d e f g h"])
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_diskstats(text, lambda _: "disk")


def test_rates_are_by_the_second_and_never_below_zero() -> None:
    assert Traffic(3000, 100).rates(Traffic(1000, 500), 2.0) == (1000.0, 0.0)


def test_psutil_says_the_same_of_this_machine() -> None:
    before, found, after = psutil.net_io_counters(), network(), psutil.net_io_counters()
    assert found is not None
    assert before.bytes_recv <= found.inward <= after.bytes_recv and before.bytes_sent <= found.outward
    disks = Disks().read()
    assert disks is None or (disks.inward > 0 and disks.outward >= 0)
