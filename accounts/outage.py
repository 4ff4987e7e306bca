"""Who somebody is while the database can't say: what it said within the last minutes, for looking only."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from django.db import Error
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

SECONDS = 300.0
"""How long an answer stands in; who was shut out meanwhile may look for as long, and only during the outage."""
REMEMBERED = 1_000

Found = tuple[Any, Any] | None


class Outage:
    """The newest answers by credential, the least recently used forgotten first. Any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Found]] = OrderedDict()

    def ask(self, request: Request, key: str, authenticate: Callable[[], Found]) -> Found:
        """Return what ``authenticate`` returns, or what it returned lately for this ``key`` when the database is gone.

        Raises:
            django.db.Error: when nothing is known, or the request wants to change something.
        """
        try:
            found = authenticate()
        except Error:  # InterfaceError too: a connection that broke under us
            with self._lock:
                at, known = self._known.get(key, (float("-inf"), None))
            if known is None or request.method not in SAFE_METHODS or self._clock() - at > SECONDS:
                raise
            return known
        except Exception:
            self.forget(key)  # refused: this credential is worth nothing any more
            raise
        with self._lock:
            self._known[key] = (self._clock(), found)
            self._known.move_to_end(key)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def forget(self, key: str) -> None:
        """Forget one credential."""
        with self._lock:
            self._known.pop(key, None)


outage = Outage()
