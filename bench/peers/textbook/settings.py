"""The least a Channels project needs: sessions and users in SQLite, and the channel layer that TEXTBOOK_LAYER names."""

from __future__ import annotations

import os

SECRET_KEY = "a benchmark on the loopback address has no secrets"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["daphne", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "channels"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "asgi"
ASGI_APPLICATION = "asgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["TEXTBOOK_DATABASE"],
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
    }
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": os.environ["TEXTBOOK_LAYER"], "CONFIG": {"hosts": [os.environ["TEXTBOOK_REDIS"]]}}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
