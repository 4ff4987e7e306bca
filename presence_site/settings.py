"""Django settings. What the environment can change is declared in ``env.py``."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext

from presence_site.env import Reader
from presence_site.files import data_folder, existing_path, secret_key, static_headers, time_zone

django_stubs_ext.monkeypatch()
env = Reader(os.environ)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder(env("PRESENCE_DATA_DIR") or BASE_DIR / "data")
SECRET_KEY = env("PRESENCE_SECRET_KEY") or secret_key(DATA_DIR)
DEBUG = env("PRESENCE_DEBUG")

PRESENCE_PUBLIC = env("PRESENCE_PUBLIC")
PRESENCE_PUBLIC_RATE = env("PRESENCE_PUBLIC_RATE")
PRESENCE_SIGN_IN_RATE = env("PRESENCE_SIGN_IN_RATE")
PRESENCE_EMBED_ORIGINS = env.origins("PRESENCE_EMBED_ORIGINS")
PRESENCE_ADMIN_USERNAME = env("PRESENCE_ADMIN_USERNAME")
PRESENCE_ADMIN_PASSWORD = env("PRESENCE_ADMIN_PASSWORD")
PRESENCE_INTERVAL = env("PRESENCE_INTERVAL")
PRESENCE_HOST_NAME = env("PRESENCE_HOST_NAME") or socket.gethostname()
PRESENCE_DISK_PATH = existing_path("PRESENCE_DISK_PATH", env("PRESENCE_DISK_PATH"))
PRESENCE_ALERT_GRACE = env("PRESENCE_ALERT_GRACE")
PRESENCE_INGEST_PER_SECOND = env("PRESENCE_INGEST_PER_SECOND")
PRESENCE_INGEST_BYTES = env("PRESENCE_INGEST_BYTES")
PRESENCE_INGEST_READINGS = env("PRESENCE_INGEST_READINGS")
PRESENCE_INGEST_HOURS = env("PRESENCE_INGEST_HOURS")
# a request's body is held in memory up to here; ingest tells its own limit, in the shape of the API
DATA_UPLOAD_MAX_MEMORY_SIZE = max(2_621_440, PRESENCE_INGEST_BYTES)
PRESENCE_RAW_HOURS = env("PRESENCE_RAW_HOURS")
PRESENCE_TEN_SECONDS_DAYS = env("PRESENCE_TEN_SECONDS_DAYS")
PRESENCE_MINUTES_DAYS = env("PRESENCE_MINUTES_DAYS")
PRESENCE_FIVE_MINUTES_DAYS = env("PRESENCE_FIVE_MINUTES_DAYS")
PRESENCE_STATS_SECONDS = env("PRESENCE_STATS_SECONDS")
PRESENCE_HOURS_DAYS = env("PRESENCE_HOURS_DAYS")
PRESENCE_SESSION_TEXT_LENGTH = env("PRESENCE_SESSION_TEXT_LENGTH")
PRESENCE_SESSION_SOCKETS = env("PRESENCE_SESSION_SOCKETS")
PRESENCE_SESSION_MESSAGE_LENGTH = env("PRESENCE_SESSION_MESSAGE_LENGTH")
PRESENCE_SESSION_HEARTBEAT = env("PRESENCE_SESSION_HEARTBEAT")
PRESENCE_SESSION_INVITE_HOURS = env("PRESENCE_SESSION_INVITE_HOURS")
PRESENCE_FLAP_RAISES = env("PRESENCE_FLAP_RAISES")
PRESENCE_FLAP_WINDOW = env("PRESENCE_FLAP_WINDOW")
PRESENCE_FLAP_HOLD = env("PRESENCE_FLAP_HOLD")
PRESENCE_NOTIFY_TIMEOUT = env("PRESENCE_NOTIFY_TIMEOUT")
PRESENCE_NOTIFY_RETRY_HOURS = env("PRESENCE_NOTIFY_RETRY_HOURS")
PRESENCE_NOTIFY_KEEP_DAYS = env("PRESENCE_NOTIFY_KEEP_DAYS")
PRESENCE_URL = env("PRESENCE_URL").rstrip("/")
PRESENCE_ALLOWED_ORIGINS = env.origins("PRESENCE_ALLOWED_ORIGINS")
PRESENCE_TRUSTED_PROXIES = env("PRESENCE_TRUSTED_PROXIES")

WS_HEARTBEAT_INTERVAL = env("WS_HEARTBEAT_INTERVAL")
WS_HEARTBEAT_TIMEOUT = env("WS_HEARTBEAT_TIMEOUT")
WS_IDLE_TIMEOUT = env("WS_IDLE_TIMEOUT")
WS_MAX_CONNECTIONS = env("WS_MAX_CONNECTIONS")
WS_MAX_CONNECTIONS_PER_USER = env("WS_MAX_CONNECTIONS_PER_USER")
WS_MAX_MESSAGE_BYTES = env("WS_MAX_MESSAGE_BYTES")
WS_SLOW_SECONDS = env("WS_SLOW_SECONDS")
WS_SLOW_BYTES = env("WS_SLOW_BYTES")

QUERY_TIMEOUT = env("QUERY_TIMEOUT")
QUERY_MAX_ROWS = env("QUERY_MAX_ROWS")
QUERY_MAX_BYTES = env("QUERY_MAX_BYTES")
QUERY_MAX_VALUE_BYTES = env("QUERY_MAX_VALUE_BYTES")
QUERY_MAX_TEXT_BYTES = env("QUERY_MAX_TEXT_BYTES")
QUERY_MEMORY_BYTES = env("QUERY_MEMORY_BYTES")
QUERY_TEMP_BYTES = env("QUERY_TEMP_BYTES")
QUERY_RUNNING_PER_USER = env("QUERY_RUNNING_PER_USER")
QUERY_QUEUED_PER_USER = env("QUERY_QUEUED_PER_USER")
QUERY_RUNNING = env("QUERY_RUNNING")
QUERY_GRACE = env("QUERY_GRACE")
QUERY_KEEP = env("QUERY_KEEP")
QUERY_SPOOL_BYTES = env("QUERY_SPOOL_BYTES")
QUERY_RECORD_DAYS = env("QUERY_RECORD_DAYS")
QUERY_SHARE_HOURS = env("QUERY_SHARE_HOURS")

REDIS_URL = env.redis()

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", PRESENCE_HOST_NAME.lower(), *env("PRESENCE_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = PRESENCE_ALLOWED_ORIGINS
APPEND_SLASH = False

INSTALLED_APPS = [
    # Gives `runserver` WebSocket support, and costs every other process 20 MB; must come first.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_vite",
    "accounts",
    "realtime",
    "metrics",
    "collab",
    "queries",
    "dashboard",
]

MIDDLEWARE = [
    "metrics.middleware.request_statistics",
    "django.middleware.security.SecurityMiddleware",
    "presence_site.middleware.security_headers",
    "presence_site.cors.cross_origin",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "presence_site.urls"
ASGI_APPLICATION = "presence_site.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- storage -----------------------------------------------------------------------------------------------------

SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE: a transaction that will write takes the lock at its start and waits for it, instead of failing in the
    # middle with "database is locked" when it upgrades.
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}
DATABASES: dict[str, dict[str, Any]]
if database := env.database():
    DATABASES = {"default": database}
    if "postgresql" in DATABASES["default"]["ENGINE"]:
        DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
        DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
        DATABASES["default"]["CONN_MAX_AGE"] = 60
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "presence.sqlite3"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    # Threads that stay (detector, notifications, sockets' work) keep theirs: to open one, and to close the last one,
    # which copies the WAL back, costs more than a tick. What a request has used is closed in asgi.py.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["TEST"] = {"NAME": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "presence"},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}}

# --- who may do what ---------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "presence_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "presence_site.api.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env("PRESENCE_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

# --- HTTP API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["presence_site.parsers.StrictJson"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "presence_site.api.Page",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of exports
    "EXCEPTION_HANDLER": "presence_site.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Presence",
    "DESCRIPTION": "Live state, history and alerts of your machines.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.permissions.SignedIn"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["presence_site.api.only_versioned"],
}

# --- pages -------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Vite names its files by their content already; hashing them again would break its own imports between them.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedStaticFilesStorage"},
}
SERVESTATIC_ADD_HEADERS_FUNCTION = static_headers
DJANGO_VITE = {
    "default": {
        "manifest_path": BASE_DIR / "dashboard" / "static" / "dashboard" / "manifest.json",
        "static_url_prefix": "dashboard",
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = time_zone("PRESENCE_TIME_ZONE", env("PRESENCE_TIME_ZONE"))
LOCALE_PATHS = [BASE_DIR / "presence_site" / "locale"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # every 4xx of the API would otherwise be a warning line; the access log is the place for them
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        # it logs a traceback a second while Redis is away, which realtime says in one line
        "channels_redis": {"level": "CRITICAL"},
    },
}
