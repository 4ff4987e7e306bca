"""The Django project: settings, ASGI application, URLs."""

VERSION = "0.1.0"
