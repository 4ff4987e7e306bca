"""How bodies of requests are read. By itself: REST framework imports it while its views are being imported."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.parsers import JSONParser


class StrictJson(JSONParser):
    """JSON as it is defined: no NaN, no infinities; nested more deeply than Python reads, it is refused."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what the body says.

        Raises:
            ParseError: when it is no JSON.
        """
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("JSON parse error - nested too deeply") from None
