"""``make bench``: Presence and its peers in one run, interleaved, on the same cores.

Each sample starts a server, opens the sockets, measures and ends the server. Samples alternate between the servers
(A B C A B C), the report gives medians and ratios. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.cache import Unavailable
from bench.calibrate import calibrate
from bench.load_client import ClientFailed
from bench.machine import choose_cores, describe, spare_files
from bench.peer_targets import Elysia, TextbookDaphne, TextbookUvicorn
from bench.presence_target import Presence, PresenceRedis
from bench.processes import Redis
from bench.report import Row, table
from bench.samples import Failed
from bench.scenarios import Scenario, chosen
from bench.targets import Place, Target

TARGETS: dict[str, type[Target]] = {
    kind.name: kind for kind in (Presence, PresenceRedis, Elysia, TextbookUvicorn, TextbookDaphne)
}
DEFAULT_PEERS = "presence,elysia,textbook-uvicorn,textbook-daphne"


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exit ends what was started
    cores = choose_cores()
    wanted = chosen(options.scenario, options.sockets)
    spare_files(max(count for _, count in wanted))
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
        with Redis(cores.others) as redis:
            targets = _targets(options.peers.split(","), Place(cores, redis, max(count for _, count in wanted)))
            try:
                result["versions"] = {
                    name: kind.versions() for name, kind in targets.items() if isinstance(kind, Target)
                }
                result["scenarios"] = [_scenario(*item, targets, options.repeat) for item in wanted]
            finally:
                for target in targets.values():
                    if isinstance(target, Target):
                        target.discard()
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


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
                print(f"bench: {scenario.name} {number + 1}/{repeat} {row.name}", file=sys.stderr, flush=True)
                _sample_into(row, scenario, sockets, target)
    print(table(scenario, sockets, rows), flush=True)
    return {
        "name": scenario.name,
        "sockets": sockets,
        "rows": [{**vars(row), "medians": row.medians()} for row in rows],
    }


def _sample_into(row: Row, scenario: Scenario, sockets: int, target: Target) -> None:
    """Take one sample. A server that fails once is not asked again: its row says why."""
    if scenario.needs_lanes and not target.lanes:
        row.failure = f"can't: {target.why_not}"
        return
    try:
        row.samples.append(scenario.sample(target, sockets))
    except (Failed, ClientFailed, RuntimeError, OSError) as reason:
        row.failure = f"fails: {reason}"
        row.samples.clear()


if __name__ == "__main__":
    sys.exit(main())
