"""The busiest processes: what a line of the kernel says, who is busiest, and one look at the real host."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.processes import Seen, busiest, full_name, parse_stat
from tests.support.waiting import eventually

LINE = b"42 (%b) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 7000 1000000 250 18446744073709551615 1 1 0"


@given(st.binary(min_size=1, max_size=15).filter(lambda name: b"\n" not in name))
def test_any_name_is_read_and_can_be_sent(name: bytes) -> None:
    seen = parse_stat(LINE % name)
    assert (seen.pid, seen.started) == (42, 7000.0) and seen.used > 0 and seen.memory > 0
    assert msgspec.json.decode(msgspec.json.encode(seen.name)) == seen.name


def test_a_name_with_brackets_and_blanks_is_a_name() -> None:
    assert parse_stat(LINE % b"a) R 1 (b").name == "a) R 1 (b"


@pytest.mark.parametrize("line", [b"", b"42", b"42 (x) S 1", b"x (y) S" + b" 1" * 30])
def test_what_is_no_such_line_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_stat(line)


def seen(pid: int, used: float, memory: int = 0, started: float = 1.0) -> Seen:
    return Seen(pid, started, f"p{pid}", used, memory)


def test_the_busiest_come_first_then_the_largest() -> None:
    before = {one.pid: one for one in (seen(1, 1.0), seen(2, 5.0), seen(3, 0.0))}
    now = [seen(1, 2.0), seen(2, 5.0, 10), seen(3, 0.0, 20), seen(4, 9.0, 5)]
    found = busiest(now, before, 2.0, count=3)
    assert [(one.pid, one.cpu) for one in found] == [(1, 50.0), (3, 0.0), (2, 0.0)]


def test_an_id_that_is_used_again_begins_anew() -> None:
    before = {7: seen(7, 100.0)}
    assert busiest([seen(7, 300.0, started=2.0)], before, 1.0)[0].cpu == 0.0


def test_no_time_passed_is_no_division() -> None:
    assert busiest([seen(1, 2.0)], {1: seen(1, 1.0)}, 0.0)[0].cpu == 0.0


def stat_of(pid: int) -> Seen:
    return parse_stat(Path(f"/proc/{pid}/stat").read_bytes())


def test_the_kernel_says_of_this_process_what_psutil_says() -> None:
    found = stat_of(os.getpid())
    own = psutil.Process()
    times = own.cpu_times()
    assert found.used == pytest.approx(times.user + times.system, abs=5.0)
    assert found.memory == pytest.approx(own.memory_info().rss, rel=0.5)


def test_a_long_name_is_whole(tmp_path: Path) -> None:
    long = tmp_path / "a-name-that-the-kernel-cuts-short"
    long.symlink_to(sys.executable)
    with subprocess.Popen([long, "-c", "input()"], stdin=subprocess.PIPE) as process:
        eventually(lambda: stat_of(process.pid).name == "a-name-that-the")
        assert full_name(process.pid, "a-name-that-the") == "a-name-that-the-kernel-cuts-short"
        assert full_name(process.pid, "short") == "short"
        process.communicate(b"\n")
    assert full_name(process.pid, "a-name-that-the") == "a-name-that-the"
