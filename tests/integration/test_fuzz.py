"""The whole API, called by schemathesis with what its schema allows and what it does not: nothing is ever a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from asgiref.sync import async_to_sync
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from metrics import services
from metrics.models import Rule
from metrics.signals import now_ms
from tests.support.readings import make_reading
from tests.support.users import make_user, token_of

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 4}
"""Per operation, always the same ones."""
HONEST = (501, 503)
"""503: what is asked for is not there in this process, and the answer says so in the one shape."""


def operations() -> Iterator[Any]:
    """Yield every operation of the schema."""
    raw = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for found in schemathesis.openapi.from_dict(json.loads(json.dumps(raw, default=str))).get_all_operations():
        operation: Any = found
        yield operation.ok()


def call(client: Client, case: Case[Any]) -> tuple[int, bytes]:
    """Send a case to the site without a server, body read to its end."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    url = urlsplit(str(prepared.url))
    own = ("Content-Length", "Content-Type", "Authorization")
    kept: Any = {name: value for name, value in prepared.headers.items() if name not in own}
    body: Any = prepared.body if prepared.body is not None else b""
    kind = str(prepared.headers.get("Content-Type", "application/json"))
    answer: Any = client.generic(str(prepared.method), f"{url.path}?{url.query}", body, kind, headers=kept)
    return answer.status_code, whole(answer)


def whole(answer: Any) -> bytes:
    """Return the body of an answer, read to its end however it comes."""
    if not answer.streaming:
        return bytes(answer.content)
    if not answer.is_async:
        return b"".join(answer.streaming_content)

    async def collect() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(collect)()


def attack(operation: Any, mode: GenerationMode, client: Client) -> list[str]:
    """Call one operation a few times; return what went wrong."""
    wrong: list[str] = []
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return wrong  # nothing to get wrong

    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def once(case: Case[Any]) -> None:
        try:
            code, content = call(client, case)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return  # nothing that a client could send
        if code >= 500 and (code not in HONEST or b'"error"' not in content):
            wrong.append(f"{code} {case.method} {case.formatted_path} {case.query} {str(case.body)[:300]}")

    try:
        once()
    except (schemathesis.errors.SchemathesisError, Unsatisfiable):  # it has no idea how to break this one
        return wrong
    return wrong


def test_nothing_that_is_sent_breaks_the_api(settings: Any) -> None:
    settings.PRESENCE_PUBLIC = True
    admin = make_user("root", is_superuser=True)
    readings = [make_reading(now_ms() - number * 1000) for number in range(20)]
    services.snapshots_store(host=services.host_ensure(name="a"), readings=list(reversed(readings)))
    Rule.objects.create(component="cpu", warning_raise=70)
    wrong: list[str] = []
    for operation in operations():
        for mode in EXAMPLES:  # a token of its own each time: one of the operations revokes tokens
            token = token_of(admin).token
            client = Client(headers={"Authorization": f"Token {token}"}, raise_request_exception=False)
            wrong += attack(operation, mode, client)
    assert wrong == []
