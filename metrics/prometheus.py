"""What Prometheus scrapes at ``/metrics``: the machines, the requests, the sockets, this process.

Other apps add to it by registering with ``prometheus_client``'s own registry. Figures of the installation are the same
from every web process; those that begin with ``process_`` and ``python_`` are of the one that answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db.models import Count, F
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from metrics.api.queries import OFFLINE_MS
from metrics.models import Alert, Host, Snapshot
from metrics.statistics import current
from metrics.statistics.periods import window
from realtime import figures

GAUGES = (
    ("cpu_percent", "cpu_usage", "CPU in use, percent"),
    ("memory_percent", "memory_usage", "Memory in use, percent"),
    ("disk_percent", "disk_usage", "Watched file system in use, percent"),
    ("swap_percent", "swap_usage", "Swap in use, percent"),
    ("load1", "load1", "Load average over one minute"),
    ("tcp_connections", "active_connections", "Established TCP connections"),
    ("network_received_bytes_per_second", "network_received", "Received, bytes a second"),
    ("network_sent_bytes_per_second", "network_sent", "Sent, bytes a second"),
    ("disk_read_bytes_per_second", "disk_read", "Read from disks, bytes a second"),
    ("disk_written_bytes_per_second", "disk_written", "Written to disks, bytes a second"),
    ("temperature_celsius", "temperature", "Highest temperature of any sensor"),
)
"""Name, column and help of each gauge of a machine."""
FIVE_MINUTES_MS = 300_000


class Presence(Collector):
    """Reads the figures when they are asked for.

    Raises:
        DatabaseError: when they can't be read.
    """

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        now = time.time_ns() // 1_000_000
        yield from _machines(now)
        yield _alerts()
        yield from _requests(now)
        yield from _sockets(now)


def _machines(now: int) -> Iterator[Metric]:
    hosts = list(Host.objects.filter(kind=Host.Kind.MACHINE))
    up = GaugeMetricFamily("presence_host_up", "Whether the machine was heard of lately", labels=["host"])
    seen = GaugeMetricFamily("presence_host_last_seen_timestamp_seconds", "Newest reading", labels=["host"])
    for host in hosts:
        up.add_metric([host.name], float(now - host.last_seen < OFFLINE_MS))
        seen.add_metric([host.name], host.last_seen / 1000)
    yield from (up, seen)
    newest = Snapshot.objects.filter(timestamp=F("host__last_seen"), timestamp__gte=now - OFFLINE_MS)
    rows = list(newest.select_related("host"))
    for name, column, text in GAUGES:
        family = GaugeMetricFamily(f"presence_host_{name}", text, labels=["host"])
        for row in rows:
            if (value := getattr(row, column)) is not None:
                family.add_metric([row.host.name], value)
        yield family


def _alerts() -> Metric:
    family = GaugeMetricFamily("presence_alerts_firing", "Open alerts", labels=["level"])
    open_ones = Alert.objects.filter(ended_at=None).order_by()
    found = dict(open_ones.values_list("level").annotate(count=Count("pk")))
    for level in ("info", "warning", "critical"):
        family.add_metric([level], found.get(level, 0))
    return family


def _requests(now: int) -> Iterator[Metric]:
    rate = GaugeMetricFamily("presence_http_requests_per_second", "HTTP requests a second", labels=["period"])
    errors = GaugeMetricFamily("presence_http_error_ratio", "Share answered with 500 or above", labels=["period"])
    latency = GaugeMetricFamily("presence_http_latency_seconds", "HTTP latency", labels=["period", "quantile"])
    for stats in current.refresh(now):
        rate.add_metric([stats.period], stats.requests.per_second)
        errors.add_metric([stats.period], stats.requests.error / stats.requests.total if stats.requests.total else 0)
        for quantile, value in (("0.5", stats.latency.p50), ("0.95", stats.latency.p95), ("0.99", stats.latency.p99)):
            latency.add_metric([stats.period, quantile], value / 1000)
    yield from (rate, errors, latency)
    queries = GaugeMetricFamily("presence_database_latency_seconds", "Queries of the last 5 min", labels=["quantile"])
    recent = window(kind="query", now=now, length=FIVE_MINUTES_MS)
    for share in (0.5, 0.95, 0.99):
        if (latency_ms := recent.quantile(share)) is not None:
            queries.add_metric([str(share)], latency_ms / 1000)
    yield queries


def _sockets(now: int) -> Iterator[Metric]:
    sockets = GaugeMetricFamily("presence_sockets", "Open WebSocket connections of all processes")
    if (total := figures.connections_total()) is not None:
        sockets.add_metric([], total)
    latency = GaugeMetricFamily("presence_broadcast_latency_seconds", "95th percentile, publication to socket, 5 min")
    if (value := figures.broadcast_latency_p95(now, FIVE_MINUTES_MS)) is not None:
        latency.add_metric([], value / 1000)
    yield from (sockets, latency)


def exposition() -> bytes:
    """Return everything in Prometheus's text format.

    Raises:
        DatabaseError: when the figures of the installation can't be read.
    """
    own = CollectorRegistry(auto_describe=False)
    own.register(Presence())
    return generate_latest(own) + generate_latest(REGISTRY)


CONTENT_TYPE = CONTENT_TYPE_LATEST
