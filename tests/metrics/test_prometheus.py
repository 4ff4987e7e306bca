"""What Prometheus reads."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from metrics import services
from metrics.models import Alert
from tests.metrics.test_statistics import store
from tests.support.readings import make_reading
from tests.support.users import make_user, token_of

pytestmark = pytest.mark.django_db


def scrape(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200 and response.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(response.content.decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


@pytest.fixture
def headers() -> dict[str, Any]:
    return {"Authorization": f"Token {token_of(make_user(), read_only=True).token}"}


def test_machines_requests_and_the_process_are_in_it(headers: dict[str, Any]) -> None:
    now = time.time_ns() // 1_000_000
    host = services.host_ensure(name='a "quoted" host')
    services.snapshots_store(host=host, readings=[make_reading(now, cpu=12.5)])
    Alert.objects.create(
        host=host, component="cpu", level="critical", message="hot", threshold=1, current_value=2, started_at=now
    )
    store(now // 10_000 * 10_000, 10.0, 10.0, errors=1)
    found = scrape(Client(), **headers)
    assert found["presence_host_up", host.name] == 1 and found["presence_host_cpu_percent", host.name] == 12.5
    assert found["presence_alerts_firing", "critical"] == 1 and found["presence_alerts_firing", "info"] == 0
    assert found["presence_http_error_ratio", "5m"] == 0.5
    assert found["presence_http_latency_seconds", "5m", "0.95"] == pytest.approx(0.01, rel=0.02)
    assert found[("process_resident_memory_bytes",)] > 1_000_000


def test_a_machine_that_fell_silent_is_down_and_has_no_figures(headers: dict[str, Any]) -> None:
    host = services.host_ensure(name="a")
    services.snapshots_store(host=host, readings=[make_reading(time.time_ns() // 1_000_000 - 3_600_000)])
    found = scrape(Client(), **headers)
    assert found["presence_host_up", "a"] == 0 and ("presence_host_cpu_percent", "a") not in found


def test_prometheus_may_ask_for_its_own_types(headers: dict[str, Any]) -> None:
    accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5"
    assert ("presence_alerts_firing", "info") in scrape(Client(), **headers, Accept=accept)


def test_strangers_see_no_figures() -> None:
    assert Client().get("/metrics").status_code == 401
