"""Every setting that the environment can change: its name, its kind, its default and a sentence of help.

``settings.py`` reads them through here, ``docs/operations.md`` lists them, and a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env


@dataclass(frozen=True)
class Setting:
    """One environment variable. ``default`` also tells its kind: bool, int, float, str or list of str."""

    name: str
    default: bool | int | float | str | list[str]
    help: str
    minimum: float | None = None
    maximum: float | None = None
    section: str = "Basics"


_KINDS = {bool: "yes or no", int: "a whole number", float: "a number", str: "a text", list: "a comma-separated list"}

SETTINGS: tuple[Setting, ...] = (
    Setting("HOST", "127.0.0.1", "Address to listen on; 0.0.0.0 opens Presence to the network."),
    Setting("PORT", 8000, "Port to listen on; 0 takes any free one.", 0, 65535),
    Setting(
        "PRESENCE_DATA_DIR", "", "Folder for the database and the secret key; empty means `data` beside manage.py."
    ),
    Setting("PRESENCE_ADMIN_USERNAME", "", "With the password below: creates this administrator while no user exists."),
    Setting("PRESENCE_ADMIN_PASSWORD", "", "Password of that administrator."),
    Setting("PRESENCE_PUBLIC", False, "Opens the read-only page /public to people who are not signed in."),
    Setting("REDIS_URL", "", "Redis for events between processes; empty keeps everything in one process."),
    Setting(
        "DATABASE_URL",
        "",
        "Database, for instance postgres://user:pass@host/name; empty means SQLite in the data folder.",
    ),
    Setting(
        "PRESENCE_SECRET_KEY",
        "",
        "Signs sessions and links; empty generates one into the data folder.",
        section="Security",
    ),
    Setting("PRESENCE_ALLOWED_HOSTS", [], "Host names that the site answers to besides localhost.", section="Security"),
    Setting(
        "PRESENCE_ALLOWED_ORIGINS",
        [],
        "Other origins whose pages may open sockets and call the API.",
        section="Security",
    ),
    Setting(
        "PRESENCE_TRUSTED_PROXIES",
        [],
        "Addresses of proxies whose X-Forwarded-* headers are believed.",
        section="Security",
    ),
    Setting(
        "PRESENCE_HTTPS",
        False,
        "The site is reached over HTTPS: cookies become Secure, HSTS is sent.",
        section="Security",
    ),
    Setting(
        "PRESENCE_EMBED_ORIGINS",
        [],
        "Origins whose pages may frame the card /embed/<host>; needs PRESENCE_PUBLIC. Empty: no card.",
        section="Security",
    ),
    Setting(
        "PRESENCE_PUBLIC_RATE",
        600,
        "Requests a minute that one address may make to the public addresses.",
        1,
        1_000_000,
        "Security",
    ),
    Setting(
        "PRESENCE_SIGN_IN_RATE",
        10,
        "Tries to sign in that one address has in a minute.",
        1,
        1_000_000,
        "Security",
    ),
    Setting("PRESENCE_DEBUG", False, "Django's debug pages; never on a machine that others reach.", section="Security"),
    Setting("WS_HEARTBEAT_INTERVAL", 30_000, "How often a client should ping, in ms.", 1_000, 600_000, "Sockets"),
    Setting(
        "WS_HEARTBEAT_TIMEOUT",
        60_000,
        "Silence after which a socket is closed with 3008, in ms.",
        1_000,
        3_600_000,
        "Sockets",
    ),
    Setting(
        "WS_IDLE_TIMEOUT",
        300_000,
        "Life of a socket without a subscription and with nothing but pings, in ms.",
        1_000,
        86_400_000,
        "Sockets",
    ),
    Setting("WS_MAX_CONNECTIONS", 10_000, "Sockets in all, per endpoint.", 1, 1_000_000, "Sockets"),
    Setting("WS_MAX_CONNECTIONS_PER_USER", 3, "Sockets of one user, per endpoint.", 1, 1_000_000, "Sockets"),
    Setting(
        "WS_MAX_MESSAGE_BYTES",
        4_194_304,
        "Largest inbound message; a larger one closes the socket with 1009.",
        1_024,
        67_108_864,
        "Sockets",
    ),
    Setting(
        "WS_SLOW_SECONDS", 30, "How long a socket may stay behind before it is dropped, in s.", 1, 3_600, "Sockets"
    ),
    Setting(
        "WS_SLOW_BYTES",
        1_048_576,
        "Unsent bytes at which a socket that is behind is dropped at once.",
        65_536,
        67_108_864,
        "Sockets",
    ),
    Setting("PRESENCE_INTERVAL", 1.0, "Time between two samples of the host, in s.", 0.2, 60, "Detector"),
    Setting(
        "PRESENCE_HOST_NAME",
        "",
        "Name of this host on the dashboard; empty takes the machine's own.",
        section="Detector",
    ),
    Setting("PRESENCE_DISK_PATH", "/", "Path on the file system whose use is watched.", section="Detector"),
    Setting("PRESENCE_ALERT_GRACE", 30, "Seconds after start in which no alert is raised.", 0, 3_600, "Detector"),
    Setting(
        "PRESENCE_INGEST_PER_SECOND",
        20.0,
        "How often one token may push in a second.",
        0.1,
        10_000,
        "Other hosts",
    ),
    Setting(
        "PRESENCE_INGEST_BYTES",
        2_000_000,
        "Largest body that may be pushed, packed or not.",
        1_024,
        67_108_864,
        "Other hosts",
    ),
    Setting(
        "PRESENCE_INGEST_READINGS", 1_000, "The most readings that may be pushed at once.", 1, 10_000, "Other hosts"
    ),
    Setting("PRESENCE_INGEST_HOURS", 168, "How old a pushed reading may be, in hours.", 1, 720, "Other hosts"),
    Setting("PRESENCE_AGENT_TOKEN", "", "For `manage.py agent` alone: the token of its host.", section="Other hosts"),
    Setting(
        "PRESENCE_AGENT_TOKEN_FILE",
        "",
        "For `manage.py agent` alone: the file that holds that token.",
        section="Other hosts",
    ),
    Setting("PRESENCE_RAW_HOURS", 24, "How long every snapshot is kept, in hours.", 1, 8_760, "History"),
    Setting("PRESENCE_TEN_SECONDS_DAYS", 3, "How long ten-second buckets are kept, in days.", 1, 3_650, "History"),
    Setting("PRESENCE_MINUTES_DAYS", 30, "How long one-minute buckets are kept, in days.", 1, 3_650, "History"),
    Setting("PRESENCE_FIVE_MINUTES_DAYS", 90, "How long five-minute buckets are kept, in days.", 1, 3_650, "History"),
    Setting(
        "PRESENCE_STATS_SECONDS",
        5.0,
        "How often a process stores and reads request statistics, in s.",
        0.5,
        10,
        "History",
    ),
    Setting("PRESENCE_HOURS_DAYS", 730, "How long one-hour buckets are kept, in days.", 1, 36_500, "History"),
    Setting(
        "PRESENCE_SESSION_TEXT_LENGTH",
        200_000,
        "Longest query of a shared session, in UTF-16 units.",
        1_000,
        2_000_000,
        "Shared sessions",
    ),
    Setting(
        "PRESENCE_SESSION_SOCKETS", 200, "Sockets of one shared session in one process.", 1, 10_000, "Shared sessions"
    ),
    Setting(
        "PRESENCE_SESSION_MESSAGE_LENGTH",
        4_000,
        "Longest message of a chat, in characters.",
        100,
        100_000,
        "Shared sessions",
    ),
    Setting(
        "PRESENCE_SESSION_HEARTBEAT",
        5.0,
        "How often a web process says that it and its people are there, in s; after three times this they count as gone.",
        0.1,
        60,
        "Shared sessions",
    ),
    Setting(
        "PRESENCE_SESSION_INVITE_HOURS",
        168.0,
        "Longest life of an invitation, in hours.",
        0.01,
        8_760,
        "Shared sessions",
    ),
    Setting(
        "PRESENCE_FLAP_RAISES",
        5,
        "So many raises of one rule on one host within the window below are flapping; 0 switches it off.",
        0,
        100,
        "Alerts",
    ),
    Setting("PRESENCE_FLAP_WINDOW", 600, "Within how many seconds raises count as flapping.", 10, 86_400, "Alerts"),
    Setting(
        "PRESENCE_FLAP_HOLD", 300, "Seconds a flapping value must be well before its alert ends.", 0, 86_400, "Alerts"
    ),
    Setting("PRESENCE_NOTIFY_TIMEOUT", 30, "Seconds that handing over one notification may take.", 1, 60, "Alerts"),
    Setting(
        "PRESENCE_NOTIFY_RETRY_HOURS",
        24,
        "How long a notification is tried again before it is given up.",
        0,
        720,
        "Alerts",
    ),
    Setting("PRESENCE_NOTIFY_KEEP_DAYS", 30, "How long settled notifications are listed, in days.", 1, 3_650, "Alerts"),
    Setting("PRESENCE_URL", "", "Address that people open Presence at; notifications link to it.", section="Alerts"),
    Setting(
        "PRESENCE_TIME_ZONE",
        "UTC",
        "Time zone of dates in the admin and in notifications, e.g. Asia/Shanghai.",
        section="Alerts",
    ),
    Setting("QUERY_TIMEOUT", 30_000, "Longest run of one query, in ms.", 100, 86_400_000, "Query console"),
    Setting(
        "QUERY_MAX_ROWS",
        100_000,
        "Most rows of one result; the rest is cut off, which is said.",
        1,
        1_000_000_000,
        "Query console",
    ),
    Setting(
        "QUERY_MAX_BYTES",
        67_108_864,
        "Most bytes of one result; the rest is cut off, which is said.",
        1_024,
        1_099_511_627_776,
        "Query console",
    ),
    Setting(
        "QUERY_MAX_VALUE_BYTES",
        1_048_576,
        "Largest single value, also within a calculation, in bytes.",
        1_024,
        1_000_000_000,
        "Query console",
    ),
    Setting("QUERY_MAX_TEXT_BYTES", 131_072, "Longest text of a query, in bytes.", 1_024, 1_000_000, "Query console"),
    Setting(
        "QUERY_MEMORY_BYTES",
        134_217_728,
        "Memory of the process that runs one query, in bytes.",
        67_108_864,
        68_719_476_736,
        "Query console",
    ),
    Setting(
        "QUERY_TEMP_BYTES",
        268_435_456,
        "Largest temporary file of one query, in bytes.",
        1_048_576,
        1_099_511_627_776,
        "Query console",
    ),
    Setting("QUERY_RUNNING_PER_USER", 2, "Queries of one user that run at once; more wait.", 1, 1_000, "Query console"),
    Setting("QUERY_QUEUED_PER_USER", 10, "Queries of one user that wait; more are refused.", 0, 1_000, "Query console"),
    Setting("QUERY_RUNNING", 8, "Queries that run at once in one web process; more wait.", 1, 1_000, "Query console"),
    Setting(
        "QUERY_GRACE",
        15,
        "How long a query goes on after its reader's connection was lost, in s.",
        0,
        3_600,
        "Query console",
    ),
    Setting(
        "QUERY_KEEP", 900, "How long the rows of a finished query can be exported, in s.", 0, 86_400, "Query console"
    ),
    Setting(
        "QUERY_SPOOL_BYTES",
        1_073_741_824,
        "Disk space for the rows of all queries, in bytes.",
        1_048_576,
        1_099_511_627_776,
        "Query console",
    ),
    Setting("QUERY_RECORD_DAYS", 90, "How long the records of queries are kept, in days.", 1, 3_650, "Query console"),
    Setting(
        "QUERY_SHARE_HOURS",
        24,
        "How long a link to a run or a saved query is good, in hours.",
        1,
        8_760,
        "Query console",
    ),
)
BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?")
_YES_OR_NO = {
    **dict.fromkeys(("1", "true", "yes", "on", "y"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n", ""), False),
}


def _yes_or_no(text: str) -> bool:
    try:
        return _YES_OR_NO[text.strip().lower()]
    except KeyError:
        raise ValueError from None


# Not django-environ's: it takes "ture" for no, "1e1" for 11, and a password that begins with $ for another variable.
_PARSERS: dict[type, Callable[[str], Any]] = {
    bool: _yes_or_no,
    int: int,
    float: float,
    str: str,
    list: lambda text: [item.strip() for item in text.split(",") if item.strip()],
}


class Reader:
    """Typed access to the environment.

    Raises:
        ImproperlyConfigured: on a value of the wrong kind or out of bounds, with a sentence that says what to set.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, name: str) -> Any:
        """Return the value of the setting ``name``, of the kind its default has."""
        setting = BY_NAME[name]
        kind = type(setting.default)
        try:
            value: Any = _PARSERS[kind](self._environ[name]) if name in self._environ else setting.default
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be {_KINDS[kind]}. {setting.help}") from None
        low, high = setting.minimum, setting.maximum
        if low is not None and high is not None and not low <= value <= high:
            raise ImproperlyConfigured(
                f"{name} must be between {low:.15g} and {high:.15g}, not {value:.15g}. {setting.help}"
            )
        return value

    def database(self) -> dict[str, Any]:
        """Return Django's settings for ``DATABASE_URL``, empty when that is."""
        url = self("DATABASE_URL")
        if not url:
            return {}
        try:
            found = dict(Env.db_url_config(url))
        except (ValueError, ImproperlyConfigured):
            found = {}
        if not found.get("ENGINE"):
            raise ImproperlyConfigured(f"DATABASE_URL can't be read. {BY_NAME['DATABASE_URL'].help}")
        return found

    def origins(self, name: str) -> list[str]:
        """Return a list of origins, checked: they end up in headers."""
        found: list[str] = self(name)
        for origin in found:
            if not _ORIGIN.fullmatch(origin):
                raise ImproperlyConfigured(
                    f"{name} has {origin!r}, which is no origin; one looks like https://wall.example.com. "
                    f"{BY_NAME[name].help}"
                )
        return found

    def redis(self) -> str:
        """Return ``REDIS_URL``, checked for what the client library takes."""
        url: str = self("REDIS_URL")
        if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise ImproperlyConfigured(
                "REDIS_URL must begin with redis://, rediss:// or unix://, for instance redis://127.0.0.1:6379/0."
            )
        return url
