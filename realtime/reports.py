"""What browsers report about their connections, added up.

Counters in a report are what the page has counted since it was loaded. What they have grown by since the report before
is added to this process's sums, so that a page that comes back on another socket is not counted twice (``client`` names
the page). The newest report of each open socket gives the latencies and qualities of now.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from realtime import sketch

Quality = Literal["excellent", "good", "poor", "critical"]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Milliseconds = Annotated[float, Meta(ge=0, le=31_536_000_000)]
COUNTERS = ("messages_sent", "messages_received", "bytes_transferred", "reconnections", "errors")
MAX_PAGES = 20_000
"""Pages whose last report is remembered; the one that was silent for longest is forgotten first."""


class ClientMetrics(Struct, rename="camel", omit_defaults=True):
    """``client_metrics``: counters since the page was loaded; times in ms; ``packetsLost`` is a share, 0-1.

    ``client`` is a random name of the page, the same on every socket that it opens.
    """

    client: Annotated[str, Meta(max_length=64)] = ""
    connection_time: Milliseconds | None = None
    messages_sent: Count = 0
    messages_received: Count = 0
    bytes_transferred: Count = 0
    reconnections: Count = 0
    errors: Count = 0
    latency: Milliseconds | None = None
    packets_lost: Annotated[float, Meta(ge=0, le=1)] | None = None
    uptime: Milliseconds | None = None
    quality: Quality | None = None


class ClientReports:
    """What this process has been told. Belongs to the event loop; any thread may read."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self._pages: OrderedDict[str, ClientMetrics] = OrderedDict()
        self._open: dict[str, ClientMetrics] = {}

    def take(self, socket: str, report: ClientMetrics) -> None:
        """Take a report that came over the socket with that id."""
        before = self._open.get(socket) or self._pages.get(report.client)
        for name in COUNTERS:
            value, known = getattr(report, name), 0 if before is None else getattr(before, name)
            self.totals[name] += value - known if value >= known else value
        self._open[socket] = report
        if report.client:
            self._pages[report.client] = report
            self._pages.move_to_end(report.client)
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)

    def forget(self, socket: str) -> None:
        """The socket is gone: its page is not among those of now."""
        self._open.pop(socket, None)

    def now(self) -> dict[str, Any]:
        """Return the open pages by quality, and sketches of their latency and time to connect in ms."""
        reports = list(self._open.values())
        return {
            "reporting": len(reports),
            "quality": dict(Counter(report.quality for report in reports if report.quality)),
            "latency": sketch.packed(report.latency for report in reports if report.latency is not None),
            "connectionTime": sketch.packed(r.connection_time for r in reports if r.connection_time is not None),
            "totals": dict(self.totals),
        }


def merge_reports(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the clients' part of ``/ws/stats`` from what each process says (``ClientReports.now``)."""
    quality: Counter[str] = Counter()
    totals: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
    for one in figures:
        quality.update(one["quality"])
        totals.update(one["totals"])
    return {
        "reporting": sum(one["reporting"] for one in figures),
        "quality": dict(sorted(quality.items())),
        "latency": _quantiles([one["latency"] for one in figures]),
        "connectionTime": _quantiles([one["connectionTime"] for one in figures]),
        **{_camel(name): totals[name] for name in COUNTERS},
    }


def _quantiles(packed: list[sketch.Packed]) -> dict[str, float | None]:
    whole = sketch.merged(packed)
    return {"p50": sketch.quantile(whole, 0.5), "p95": sketch.quantile(whole, 0.95)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
