"""Who is on the other end of a socket."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import identity, lookup
from accounts.identity import MAX_BATCH, Credential, Identity, IdentityLookup, look_up
from accounts.models import Token
from accounts.services import token_create
from realtime.pool import in_thread
from tests.support.users import make_user, session_of, token_of
from tests.support.waiting import one_turn

pytestmark = pytest.mark.django_db


def who(credential: Credential) -> str | None:
    found = look_up([credential]).get(credential)
    return found.username if found else None


def test_a_session_and_a_token_name_their_user() -> None:
    user = make_user(groups=("viewer", "analyst"))
    for credential in (session_of(user), token_of(user)):
        assert look_up([credential]) == {
            credential: Identity(user.pk, "ada", is_admin=False, groups=frozenset(("viewer", "analyst")))
        }


@pytest.mark.parametrize(("values", "groups"), [({"is_superuser": True}, ()), ({}, ("admin",))])
def test_superusers_and_the_group_admin_are_administrators(values: dict[str, Any], groups: tuple[str, ...]) -> None:
    credential = token_of(make_user(groups=groups, **values))
    assert look_up([credential])[credential].is_admin


def test_a_token_may_be_read_only() -> None:
    credential = token_of(make_user(), read_only=True)
    assert look_up([credential])[credential].read_only


@pytest.mark.parametrize(
    "credential",
    [Credential(session="unknown"), Credential(token="unknown"), Credential(), Credential(token="ü" * 999)],
)
def test_what_is_unknown_is_nobody(credential: Credential) -> None:
    make_user()
    assert who(credential) is None


def test_the_key_of_a_token_is_not_in_the_database() -> None:
    key = token_create(user=make_user(), name="test")
    row = Token.objects.values().get()
    assert key not in str(row) and len(row["digest"]) == 64


def test_the_digest_does_not_open_anything() -> None:
    token_create(user=make_user(), name="test")
    assert who(Credential(token=Token.objects.get().digest)) is None


def test_a_token_ends_when_it_expires() -> None:
    user = make_user()
    assert who(token_of(user, expires_at=timezone.now() - timedelta(seconds=1))) is None
    assert who(token_of(user, expires_at=timezone.now() + timedelta(hours=1))) == "ada"


def test_a_session_ends_when_it_expires() -> None:
    credential = session_of(make_user())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert who(credential) is None


def test_a_session_ends_with_signing_out() -> None:
    credential = session_of(make_user())
    Session.objects.all().delete()
    assert who(credential) is None


def test_an_inactive_user_is_nobody() -> None:
    user = make_user()
    credentials = [session_of(user), token_of(user)]
    User.objects.update(is_active=False)
    assert look_up(credentials) == {}


def test_a_deleted_user_is_nobody() -> None:
    user = make_user()
    credentials = [session_of(user), token_of(user)]
    user.delete()
    assert look_up(credentials) == {}


def test_a_changed_password_ends_every_session_and_no_token() -> None:
    user = make_user()
    session, token = session_of(user), token_of(user)
    user.set_password("analytical engine")
    user.save()
    assert (who(session), who(token)) == (None, "ada")


def test_a_session_survives_a_change_of_the_secret_key_that_keeps_the_old_one(settings: Any) -> None:
    credential = session_of(make_user())
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key for everything"
    assert who(credential) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert who(credential) == "ada"


def test_a_session_of_a_backend_that_is_gone_is_nobody(settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [*django_settings.AUTHENTICATION_BACKENDS, "tests.support.users.Gone"]
    credential = session_of(make_user())
    settings.AUTHENTICATION_BACKENDS = ["tests.support.users.Gone"]
    assert who(credential) is None


def test_a_broken_session_is_nobody_and_spoils_no_other() -> None:
    broken, good = session_of(make_user("ada")), session_of(make_user("grace"))
    Session.objects.filter(session_key=broken.session).update(session_data="nonsense")
    assert list(look_up([broken, good])) == [good]


def test_any_number_of_sockets_costs_the_same_few_queries() -> None:
    users = [make_user(f"user{number}", groups=("viewer",)) for number in range(20)]
    credentials = [one for user in users for one in (session_of(user), token_of(user))]
    look_up(credentials)  # the first look notes, in one more, that the tokens were used
    with CaptureQueriesContext(connection) as queries:
        assert len(look_up(credentials)) == 40
    assert len(queries) == 4


@pytest.mark.django_db(transaction=True)
async def test_sockets_that_come_together_are_answered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    user = await in_thread(make_user)
    good, bad = await in_thread(token_of, user), Credential(token="bad")
    batches = count_batches(monkeypatch)
    lookup = IdentityLookup()
    found = await asyncio.gather(*[lookup.find(one) for one in [good, bad] * 100])
    assert [one.username if one else None for one in found] == ["ada", None] * 100
    assert batches == [2]


@pytest.mark.django_db(transaction=True)
async def test_a_storm_is_cut_into_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = count_batches(monkeypatch)
    lookup = IdentityLookup()
    found = await asyncio.gather(*[lookup.find(Credential(token=str(number))) for number in range(MAX_BATCH + 10)])
    assert set(found) == {None} and batches == [MAX_BATCH, 10]


@pytest.mark.django_db(transaction=True)
async def test_a_socket_that_comes_later_is_answered_too() -> None:
    credential = await in_thread(lambda: token_of(make_user()))
    lookup = IdentityLookup()
    first = asyncio.create_task(lookup.find(credential))
    await one_turn()
    second = asyncio.create_task(lookup.find(credential))
    assert await first == await second is not None
    assert await lookup.find(credential) is not None


@pytest.mark.django_db(transaction=True)
async def test_one_that_gives_up_leaves_the_others_their_answer() -> None:
    credential = await in_thread(lambda: token_of(make_user()))
    lookup = IdentityLookup()
    waiting = [asyncio.create_task(lookup.find(credential)) for _ in range(3)]
    await one_turn()
    waiting[0].cancel()
    assert all([await one for one in waiting[1:]])


def count_batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which the size of every look-up is added."""
    sizes: list[int] = []
    real = identity.look_up

    def counting(credentials: list[Credential]) -> dict[Credential, Identity]:
        sizes.append(len(credentials))
        return real(credentials)

    monkeypatch.setattr(identity, "look_up", counting)
    return sizes


def test_signatures_and_hashes_are_those_that_django_makes(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old", b"older"]
    user = make_user("grace")
    row = lookup.UserRow(user.pk, user.username, user.password, False)
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    assert [lookup.session_hash_is_good(row, one) for one in [*good, good[0][:-1] + "x", "", "é"]] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("compress", [False, True])
def test_a_session_is_read_as_django_reads_it(compress: bool) -> None:
    data = {"_auth_user_id": "7", "_auth_user_backend": django_settings.AUTHENTICATION_BACKENDS[0]}
    data["_auth_user_hash"] = "abc"
    store = SessionStore()
    encoded = signing.dumps(data, compress=compress, salt=store.key_salt, serializer=store.serializer)
    assert store.decode(encoded) == data and encoded.startswith(".") is compress
    assert lookup._decoded(encoded) == (7, "abc")
    for changed in ("", ":", "a:b:c", encoded[:-1], "A" + encoded, encoded.replace(":", "", 1), "é" + encoded):
        assert lookup._decoded(changed) is None
    for broken in ({**data, "_auth_user_id": "x"}, {**data, "_auth_user_backend": "gone"}, {"x": 1}, {}):
        assert lookup._decoded(store.encode(broken)) is None
