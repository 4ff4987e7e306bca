"""``make bench``: Presence and its peers in one run, interleaved, on the same cores.

Each sample starts a server, measures and ends it. Samples alternate between the servers (A B C A B C), the report gives
medians and ratios. The sockets' scenarios are in ``scenarios.py``; an area adds its own with a module
(``comparison.py``). See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from bench.cache import Unavailable
from bench.calibrate import calibrate
from bench.comparison import Comparison, discovered
from bench.load_client import ClientFailed
from bench.machine import Cores, choose_cores, describe, spare_files
from bench.peer_targets import Elysia, TextbookDaphne, TextbookUvicorn
from bench.presence_target import Presence, PresenceRedis
from bench.processes import Redis
from bench.report import Row, socket_table, table
from bench.samples import Failed, Sample
from bench.scenarios import Scenario, scenarios
from bench.targets import Place, Target

TARGETS: dict[str, type[Target]] = {
    kind.name: kind for kind in (Presence, PresenceRedis, Elysia, TextbookUvicorn, TextbookDaphne)
}
SAMPLE_SECONDS = 180
"""The longest that one sample may take."""
DEFAULT_PEERS = "presence,elysia,textbook-uvicorn,textbook-daphne"


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends what was started
    cores = choose_cores()
    sockets, others = chosen(options.scenario, options.sockets)
    spare_files(max((count for _, count in sockets), default=0))
    machine = describe()
    print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memoryMb']} MB, kernel {machine['kernel']}, "
        f"load {machine['loadAverage']}, Python {machine['python']}\n{cores}"
    )
    result: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "cores": vars(cores),
    }
    if options.calibrate:
        result["calibration"] = calibrate(cores)
    if not options.calibrate or options.scenario:
        result["scenarios"] = []
        if sockets:
            _sockets(sockets, options, cores, result)
        for comparison in others:
            result["scenarios"].append(_comparison(comparison, cores, options))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


def chosen(names: list[str], cap: int | None) -> tuple[list[tuple[Scenario, int]], list[Comparison]]:
    """Return the scenarios of these names or tags (all without any); sockets with their count, at most ``cap``.

    Raises:
        SystemExit: on an unknown name.
    """
    sockets, others = scenarios(), discovered()
    every: list[Scenario | Comparison] = [*sockets, *others]
    known = {one.name for one in every}.union(*(one.tags for one in every))
    if unknown := set(names) - known:
        raise SystemExit(f"bench: unknown scenario {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}.")
    wanted = {one.name for one in every if not names or one.name in names or one.tags & set(names)}
    return (
        [(one, min(one.sockets, cap or one.sockets)) for one in sockets if one.name in wanted],
        [one for one in others if one.name in wanted],
    )


def _sockets(
    wanted: list[tuple[Scenario, int]], options: argparse.Namespace, cores: Cores, result: dict[str, Any]
) -> None:
    """Run the scenarios of the sockets, all against the same servers."""
    with Redis(cores.others) as redis:
        targets = _targets(options.peers.split(","), Place(cores, redis, max(count for _, count in wanted)))
        try:
            result["versions"] = {name: kind.versions() for name, kind in targets.items() if isinstance(kind, Target)}
            for scenario, sockets in wanted:
                result["scenarios"].append(_scenario(scenario, sockets, targets, options.repeat))
        finally:
            for target in targets.values():
                if isinstance(target, Target):
                    target.discard()


def _comparison(comparison: Comparison, cores: Cores, options: argparse.Namespace) -> dict[str, Any]:
    """Run one scenario that brings its own subjects."""
    rows = [Row(name) for name in comparison.subjects]
    for number in range(options.repeat):
        for row in rows:
            if not row.failure:
                _say(f"{comparison.name} {number + 1}/{options.repeat} {row.name}")
                _take(row, partial(comparison.subjects[row.name], cores))
    print(table(comparison.title, comparison.columns, rows, comparison.notes), flush=True)
    return {"name": comparison.name, "rows": [{**vars(row), "medians": row.medians()} for row in rows]}


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Presence beside its peers.")
    add = parser.add_argument
    add(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one (may be repeated); fanout takes all three sizes",
    )
    add("--peers", default=DEFAULT_PEERS, metavar="A,B", help=f"servers to measure, of {', '.join(TARGETS)}")
    add("--sockets", type=int, metavar="N", help="at most so many sockets in any scenario")
    add("--repeat", type=int, default=3, metavar="K", help="samples of each server and scenario (3)")
    add("--json", type=Path, metavar="FILE", help="write every sample there")
    add("--calibrate", action="store_true", help="show the load client's own ceiling; alone unless --scenario is given")
    return parser.parse_args()


def _targets(names: list[str], place: Place) -> dict[str, Target | str]:
    """Return a target for each name, or the reason why there is none."""
    if unknown := set(names) - set(TARGETS):
        raise SystemExit(f"bench: unknown peer {', '.join(sorted(unknown))}; known are {', '.join(TARGETS)}.")
    found: dict[str, Target | str] = {}
    for name in names:
        try:
            target = TARGETS[name](place)
        except Unavailable as reason:
            found[name] = f"not here: {reason}"
            print(f"{name}: {found[name]}")
        else:
            found[name] = target
            print(f"{name}: {target.versions()}")
    return found


def _scenario(scenario: Scenario, sockets: int, targets: dict[str, Target | str], repeat: int) -> dict[str, Any]:
    rows = [Row(name, failure=target if isinstance(target, str) else "") for name, target in targets.items()]
    for number in range(repeat):
        for row in rows:
            target = targets[row.name]
            if isinstance(target, Target) and not row.failure:
                _say(f"{scenario.name} {number + 1}/{repeat} {row.name}")
                _sample_into(row, scenario, sockets, target)
    print(socket_table(scenario, sockets, rows), flush=True)
    return {
        "name": scenario.name,
        "sockets": sockets,
        "rows": [{**vars(row), "medians": row.medians()} for row in rows],
    }


def _sample_into(row: Row, scenario: Scenario, sockets: int, target: Target) -> None:
    if scenario.needs_lanes and not target.lanes:
        row.failure = f"can't: {target.why_not}"
    else:
        _take(row, partial(scenario.sample, target, sockets))


def _take(row: Row, sample: Callable[[], Sample]) -> None:
    """Take one sample, within ``SAMPLE_SECONDS``. What fails once is not asked again: its row says why."""
    signal.alarm(SAMPLE_SECONDS)
    try:
        row.samples.append(sample())
    except Unavailable as reason:
        row.failure = f"not here: {reason}"
    except (Failed, ClientFailed, RuntimeError, OSError) as reason:
        row.failure = f"fails: {reason}"
        row.samples.clear()
    finally:
        signal.alarm(0)


def _too_long(*_: object) -> NoReturn:
    raise Failed(f"it took longer than {SAMPLE_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
