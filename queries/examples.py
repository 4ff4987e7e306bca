"""Ready-made queries over the built-in history."""

from __future__ import annotations

from typing import Any

from queries.friendly import Dialect

_MINUTE = {"sqlite": "substr(time, 1, 16)", "postgresql": "to_char(time, 'YYYY-MM-DD HH24:MI')"}
_HOUR = {"sqlite": "substr(time, 1, 13) || ':00'", "postgresql": "to_char(time, 'YYYY-MM-DD HH24:00')"}
_TODAY = {"sqlite": "time >= date('now')", "postgresql": "time >= date_trunc('day', now())"}
_DAY_AGO = {
    "sqlite": "timestamp > (unixepoch('now') - 86400) * 1000",
    "postgresql": "timestamp > (extract(epoch FROM now()) - 86400) * 1000",
}
_P95 = {
    "sqlite": "percentile(cpu_usage, 95)",
    "postgresql": "percentile_cont(0.95) WITHIN GROUP (ORDER BY cpu_usage)",
}
_ROUND = {"sqlite": "round({}, 1)", "postgresql": "round(({})::numeric, 1)::float8"}

_EXAMPLES: tuple[tuple[str, str, str, str], ...] = (
    (
        "slowest-minute",
        "Slowest minute today",
        "今天最慢的一分钟",
        """SELECT {minute} AS minute, host, {r:avg(cpu_usage)} AS cpu, {r:avg(load1)} AS load
FROM status_history
WHERE {today}
GROUP BY {minute}, host
ORDER BY cpu DESC
LIMIT 1""",
    ),
    (
        "cpu-over-80",
        "CPU above 80 % by hour",
        "每小时 CPU 超过 80% 的秒数",
        """SELECT {hour} AS hour, host, count(*) AS seconds
FROM status_history
WHERE cpu_usage > 80
GROUP BY {hour}, host
ORDER BY hour""",
    ),
    (
        "alerts-per-component",
        "Alerts per component",
        "各组件的告警数",
        """SELECT component, level, count(*) AS alerts, {r:avg(duration)} AS mean_seconds
FROM alerts
GROUP BY component, level
ORDER BY alerts DESC""",
    ),
    (
        "busiest-hosts",
        "Busiest hosts of the last day",
        "最近一天最忙的主机",
        """SELECT host, {r:avg(cpu_usage)} AS mean_cpu, {r:{p95}} AS p95_cpu, {r:max(memory_usage)} AS peak_memory
FROM status_history
WHERE {day_ago}
GROUP BY host
ORDER BY p95_cpu DESC""",
    ),
    (
        "requests-per-minute",
        "Requests and failures per minute",
        "每分钟的请求数与失败数",
        """SELECT time, requests, errors, {r:avg_ms} AS mean_ms
FROM request_stats
WHERE kind = 'http' AND source IS NULL
ORDER BY timestamp DESC
LIMIT 60""",
    ),
    (
        "host-at-a-time",
        "One host since a moment (with parameters)",
        "某主机自某时刻起的读数(带参数)",
        """SELECT time, cpu_usage, memory_usage, load1
FROM status_history
WHERE host = :host AND timestamp >= :since
ORDER BY timestamp
LIMIT 3600""",
    ),
)


def examples(dialect: Dialect) -> list[dict[str, Any]]:
    """Return them: ``{id, title: {en, zh-hans}, query}``."""
    return [
        {"id": id, "title": {"en": english, "zh-hans": chinese}, "query": _filled(query, dialect)}
        for id, english, chinese, query in _EXAMPLES
    ]


def _filled(query: str, dialect: Dialect) -> str:
    for name, texts in (("minute", _MINUTE), ("hour", _HOUR), ("today", _TODAY), ("day_ago", _DAY_AGO), ("p95", _P95)):
        query = query.replace(f"{{{name}}}", texts[dialect])
    start = query.find("{r:")
    while start >= 0:
        end = query.index("}", start)
        query = query[:start] + _ROUND[dialect].format(query[start + 3 : end]) + query[end + 1 :]
        start = query.find("{r:")
    return query
