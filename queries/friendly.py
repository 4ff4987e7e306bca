"""The friendly views of the built-in history: what people query instead of the tables behind them.

This app may not import the domain that owns the tables, so they are named in SQL here, and a test reads every column of
every view on both databases after ``migrate``. Never add a table of ``auth``, sessions or tokens.

Times are integer milliseconds since the epoch; each has a readable twin (``time`` for ``timestamp``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from queries.sandbox.job import View

Dialect = Literal["sqlite", "postgresql"]
SCHEMA = "presence_console"
"""Of the views in PostgreSQL."""


@dataclass(frozen=True)
class Column:
    """A column: its SQL (``{time}`` stands for the database's way to write a time), its type, unit and meaning."""

    name: str
    sql: str
    type: str
    unit: str
    english: str
    chinese: str


@dataclass(frozen=True)
class FriendlyView:
    """A view: what it selects from (``{s}`` is the schema), and its columns."""

    name: str
    source: str
    english: str
    chinese: str
    columns: tuple[Column, ...]

    def body(self, dialect: Dialect) -> str:
        """Return the SELECT behind it."""
        columns = ", ".join(f'{_sql(column, dialect)} AS "{column.name}"' for column in self.columns)
        schema = "main" if dialect == "sqlite" else "public"
        return f"SELECT {columns} FROM {self.source.replace('{s}', schema)}"  # noqa: S608 - all of it is written here


def _sql(column: Column, dialect: Dialect) -> str:
    if column.type != "datetime":
        return column.sql
    if dialect == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f', {column.sql} / 1000.0, 'unixepoch')"
    return f"to_timestamp({column.sql} / 1000.0)"


def _times(sql: str, name: str, readable: str, english: str, chinese: str) -> tuple[Column, Column]:
    return (
        Column(name, sql, "integer", "ms", f"{english}, ms since 1970", f"{chinese}(1970 年以来的毫秒数)"),
        Column(readable, sql, "datetime", "UTC", f"{english}, readable", f"{chinese}(可读形式)"),
    )


_HOST = Column("host", "h.name", "text", "", "Name of the host", "主机名")
_READINGS: tuple[tuple[str, str, str, str, str], ...] = (
    ("cpu_usage", "real", "%", "CPU in use", "CPU 使用率"),
    ("memory_usage", "real", "%", "Memory in use", "内存使用率"),
    ("disk_usage", "real", "%", "Disk in use", "磁盘使用率"),
    ("active_connections", "integer", "count", "Established TCP connections", "已建立的 TCP 连接数"),
    ("load1", "real", "", "Load average, 1 minute", "1 分钟平均负载"),
    ("load5", "real", "", "Load average, 5 minutes", "5 分钟平均负载"),
    ("load15", "real", "", "Load average, 15 minutes", "15 分钟平均负载"),
    ("swap_usage", "real", "%", "Swap in use", "交换分区使用率"),
    ("memory_total", "integer", "bytes", "Memory of the machine", "内存总量"),
    ("disk_total", "integer", "bytes", "Size of the disk", "磁盘总量"),
    ("network_received", "real", "bytes/s", "Network, received", "网络接收速率"),
    ("network_sent", "real", "bytes/s", "Network, sent", "网络发送速率"),
    ("disk_read", "real", "bytes/s", "Disk, read", "磁盘读取速率"),
    ("disk_written", "real", "bytes/s", "Disk, written", "磁盘写入速率"),
    ("temperature", "real", "°C", "Temperature", "温度"),
    ("process_memory", "integer", "bytes", "Memory of Presence's own process", "Presence 进程占用的内存"),
    ("web_socket_connections", "integer", "count", "Sockets of Presence on that host", "该主机上 Presence 的套接字数"),
    ("uptime", "integer", "s", "Time since the host was started", "主机运行时间"),
)

_BUCKETED = (
    ("cpu_usage", "%", "CPU in use", "CPU 使用率"),
    ("memory_usage", "%", "Memory in use", "内存使用率"),
    ("disk_usage", "%", "Disk in use", "磁盘使用率"),
    ("active_connections", "count", "Established TCP connections", "已建立的 TCP 连接数"),
    ("load1", "", "Load average, 1 minute", "1 分钟平均负载"),
    ("swap_usage", "%", "Swap in use", "交换分区使用率"),
    ("network_received", "bytes/s", "Network, received", "网络接收速率"),
    ("network_sent", "bytes/s", "Network, sent", "网络发送速率"),
    ("disk_read", "bytes/s", "Disk, read", "磁盘读取速率"),
    ("disk_written", "bytes/s", "Disk, written", "磁盘写入速率"),
    ("temperature", "°C", "Temperature", "温度"),
)


def _buckets(name: str, step: int, english: str, chinese: str) -> FriendlyView:
    columns = [*_times("b.start", "timestamp", "time", "When it begins", "开始时间"), _HOST]
    columns.append(Column("readings", "b.count", "integer", "count", "Readings in it", "读数条数"))
    for column, unit, meaning, meaning_zh in _BUCKETED:
        mean = f"b.{column}_sum * 1.0 / NULLIF(b.{column}_count, 0)"
        columns.append(Column(f"{column}_avg", mean, "real", unit, f"{meaning}, mean", f"{meaning_zh},平均"))
        columns.append(
            Column(f"{column}_min", f"b.{column}_min", "real", unit, f"{meaning}, least", f"{meaning_zh},最小")
        )
        columns.append(
            Column(f"{column}_max", f"b.{column}_max", "real", unit, f"{meaning}, most", f"{meaning_zh},最大")
        )
    source = f"{{s}}.metrics_bucket b JOIN {{s}}.metrics_host h ON h.id = b.host_id WHERE b.step = {step}"
    return FriendlyView(name, source, english, chinese, tuple(columns))


VIEWS: tuple[FriendlyView, ...] = (
    FriendlyView(
        "hosts",
        "{s}.metrics_host h",
        "The watched machines",
        "被监控的主机",
        (
            Column("host", "h.name", "text", "", "Name of the host", "主机名"),
            Column("version", "h.version", "text", "", "Version of its detector", "采集程序的版本"),
            *_times("NULLIF(h.last_seen, 0)", "last_seen", "last_seen_time", "When it last reported", "最后上报时间"),
        ),
    ),
    FriendlyView(
        "status_history",
        "{s}.metrics_snapshot s JOIN {s}.metrics_host h ON h.id = s.host_id",
        "One reading per host and second, as long as raw readings are kept",
        "每台主机每秒一条读数(在原始数据保留期内)",
        (
            *_times("s.timestamp", "timestamp", "time", "When it was read", "采集时间"),
            _HOST,
            *(Column(name, f"s.{name}", *rest) for name, *rest in _READINGS),
        ),
    ),
    FriendlyView(
        "alerts",
        "{s}.metrics_alert a",
        "One row per alert, from raise to recovery",
        "每个告警一行,从触发到恢复",
        (
            Column("id", "a.id", "integer", "", "Number of the alert", "告警编号"),
            Column("host", "a.host_name", "text", "", "Name of the host", "主机名"),
            Column("component", "a.component", "text", "", "What was in trouble", "出问题的组件"),
            Column("level", "a.level", "text", "", "info, warning or critical", "级别:info、warning 或 critical"),
            Column("message", "a.message", "text", "", "What it said", "告警内容"),
            Column("threshold", "a.threshold", "real", "", "Value at which it is raised", "触发阈值"),
            Column("current_value", "a.current_value", "real", "", "Value at its last change", "最近一次变化时的值"),
            *_times("a.started_at", "started_at", "started_time", "When it began", "开始时间"),
            *_times("a.ended_at", "ended_at", "ended_time", "When it ended, or NULL", "结束时间,未结束为空"),
            Column("peak_level", "NULLIF(a.peak_level, '')", "text", "", "Worst level it had", "最严重时的级别"),
            *_times(
                "a.acknowledged_at", "acknowledged_at", "acknowledged_time", "When acknowledged, or NULL", "确认时间"
            ),
            Column("acknowledge_comment", "a.acknowledge_comment", "text", "", "What was said then", "确认时的备注"),
            Column("duration", "(a.ended_at - a.started_at) / 1000.0", "real", "s", "How long it lasted", "持续时间"),
        ),
    ),
    _buckets(
        "status_minutes", 60, "One row per host and minute: mean, least and most", "每台主机每分钟一行:平均、最小、最大"
    ),
    _buckets(
        "status_hours", 3600, "One row per host and hour: mean, least and most", "每台主机每小时一行:平均、最小、最大"
    ),
    FriendlyView(
        "request_stats",
        "{s}.metrics_requestbucket r WHERE r.step = 60",
        "One row per minute and kind of request: how many, how fast, how many failed",
        "每分钟每类请求一行:数量、耗时与失败数",
        (
            *_times("r.start", "timestamp", "time", "When the minute begins", "该分钟的开始时间"),
            Column(
                "source",
                "NULLIF(r.source, '')",
                "text",
                "",
                "Service, or NULL for Presence",
                "服务名,Presence 自身为空",
            ),
            Column("kind", "r.kind", "text", "", "http, query or broadcast", "类别:http、query 或 broadcast"),
            Column("requests", "r.total", "integer", "count", "Requests", "请求数"),
            Column("errors", "r.error", "integer", "count", "Those that failed", "失败数"),
            Column("avg_ms", "r.sum / NULLIF(r.total, 0)", "real", "ms", "Mean time of one", "平均耗时"),
        ),
    ),
)
BY_NAME: dict[str, FriendlyView] = {view.name: view for view in VIEWS}


def views_for(dialect: Dialect) -> tuple[View, ...]:
    """Return the views as the sandbox takes them."""
    return tuple(View(view.name, view.body(dialect)) for view in VIEWS)
