"""``manage.py serve``: the web process."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import sys
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from accounts.services import administrator_create_first, setup_needed, setup_token
from presence_site.env import Reader
from realtime.endpoint import all_endpoints
from realtime.registry import TOPICS_ENDPOINTS
from realtime.server.runner import Server, protocol_options

SPARE_FILES = 200
"""Descriptors that are not sockets: database, Redis, logs, static files."""


class Command(BaseCommand):
    """Serve HTTP and WebSocket; without Redis the detector runs inside."""

    help = "Serve Presence: pages, API and sockets. Without REDIS_URL the detector runs in the same process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        env = Reader(os.environ)
        parser.add_argument("--host", default=env("HOST"), help="Address to listen on (HOST, 127.0.0.1).")
        parser.add_argument(
            "--port", type=int, default=env("PORT"), help="Port to listen on (PORT, 8000); 0 takes any free one."
        )
        parser.add_argument("--migrate", action="store_true", help="Bring the database up to date first.")
        parser.add_argument(
            "--detector",
            choices=["auto", "on", "off"],
            default="auto",
            help="Sample this host in this process; auto does so when REDIS_URL is not set.",
        )

    def handle(self, *args: Any, host: str, port: int, migrate: bool, detector: str, **options: Any) -> None:
        listener = self._listen(host, port)
        try:
            if migrate:
                call_command("migrate", verbosity=0, interactive=False)
            link = self._first_administrator()
        except Error as error:
            raise CommandError(f"The database can't be used: {error}") from None
        self._raise_file_limit()
        embedded = detector == "on" or (detector == "auto" and not settings.REDIS_URL)
        os.environ["PRESENCE_EMBEDDED_DETECTOR"] = "1" if embedded else "0"
        address = self._address(listener)
        self.stdout.write(f"Presence is at {address}")
        if link:
            self.stdout.write(f"Create the administrator at {address}/setup#{link}\n(works once, for 24 hours)")
        if not embedded:
            self.stdout.write("No detector in this process: run `manage.py run_detector` beside it.")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()
        self._run(listener)
        self.stdout.write("Stopped.")

    def _run(self, listener: socket.socket) -> None:
        config = uvicorn.Config(
            "presence_site.asgi:application",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            backlog=4096,
            proxy_headers=bool(settings.PRESENCE_TRUSTED_PROXIES),
            forwarded_allow_ips=settings.PRESENCE_TRUSTED_PROXIES,
            **protocol_options(),
        )
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(
                number, lambda *_: None
            )  # uvicorn raises the signal again after its clean end: once is enough
        Server(config).run(sockets=[listener])

    @staticmethod
    def _listen(host: str, port: int) -> socket.socket:
        """Bind before anything slow, so that a taken port is told at once.

        Raises:
            CommandError: with one sentence that says what to do.
        """
        if not 0 <= port <= 65535:  # getaddrinfo takes 70000 for 4464
            raise CommandError("--port must be between 0 and 65535.")
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                message = f"Port {port} is taken. Stop what listens there, or choose another: PORT={port + 1} make run"
            elif getattr(error, "errno", None) == errno.EACCES:
                message = (
                    f"Port {port} needs rights that this user does not have. Choose one above 1023: PORT=8000 make run"
                )
            else:
                message = f"Can't listen on {host}:{port}: {error}. Set HOST and PORT to an address of this machine."
            raise CommandError(message) from None
        return listener

    @staticmethod
    def _address(listener: socket.socket) -> str:
        host, port = listener.getsockname()[:2]
        if host in ("0.0.0.0", "::"):  # noqa: S104 - shown, not bound
            host = settings.PRESENCE_HOST_NAME
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _first_administrator(self) -> str | None:
        """Create the administrator that the environment names; return the secret of the link when nobody exists."""
        if not setup_needed():
            return None
        name, password = settings.PRESENCE_ADMIN_USERNAME, settings.PRESENCE_ADMIN_PASSWORD
        if bool(name) != bool(password):
            raise CommandError("Set both PRESENCE_ADMIN_USERNAME and PRESENCE_ADMIN_PASSWORD, or neither.")
        if not name:
            return setup_token()
        if administrator_create_first(username=name, password=password) is not None:
            self.stdout.write(f"Created the administrator {name}.")
        return None

    def _raise_file_limit(self) -> None:
        """Each socket is an open file, and limits count each endpoint apart: raise the soft limit as far as that."""
        needed = settings.WS_MAX_CONNECTIONS + SPARE_FILES
        wanted = needed + settings.WS_MAX_CONNECTIONS * (len(TOPICS_ENDPOINTS) + len(all_endpoints()) - 1)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft >= wanted or soft == resource.RLIM_INFINITY:
            return
        goal = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(goal, soft), hard))
        if goal < needed:
            text = f"Only {goal} open files are allowed here: some {goal - SPARE_FILES} sockets; see `ulimit -n`."
            print(text, file=sys.stderr)
