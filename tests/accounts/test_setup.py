"""The first administrator: by the one-time link, or by the environment."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import Group, User
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection

from accounts import services
from accounts.services import SETUP_SALT, SetupError, administrator_create_by_link, administrator_create_first
from tests.support.users import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def use(token: str, *, username: str = "ada", password: str = PASSWORD) -> User:
    return administrator_create_by_link(token=token, username=username, password=password)


def refusal(token: str) -> str:
    """Return the code with which a link is refused."""
    with pytest.raises(SetupError) as caught:
        use(token)
    return caught.value.code


def test_the_link_makes_an_administrator() -> None:
    user = use(services.setup_token())
    assert user.is_superuser and user.is_staff and user.check_password(PASSWORD)
    assert list(user.groups.values_list("name", flat=True)) == ["admin"]


def test_the_link_works_once() -> None:
    token = services.setup_token()
    use(token)
    assert refusal(token) == "SETUP_DONE" and User.objects.count() == 1


def test_no_link_works_once_anybody_exists() -> None:
    make_user()
    assert not services.setup_needed() and refusal(services.setup_token()) == "SETUP_DONE"


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_forged_link_is_refused(token: str) -> None:
    assert refusal(token) == "SETUP_LINK_INVALID"


def test_a_signature_for_another_purpose_is_refused() -> None:
    assert refusal(signing.dumps("administrator", salt="another")) == "SETUP_LINK_INVALID"


def test_a_link_of_another_installation_is_refused() -> None:
    assert refusal(signing.dumps("administrator", key="another key", salt=SETUP_SALT)) == "SETUP_LINK_INVALID"


@pytest.mark.parametrize(("age", "good"), [(23 * 3600, True), (25 * 3600, False)])
def test_a_link_is_good_for_a_day(age: int, good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made_at = signing.time.time() - age  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(signing.time, "time", lambda: made_at)  # type: ignore[attr-defined]
        token = services.setup_token()
    if good:
        assert use(token).username == "ada"
    else:
        assert refusal(token) == "SETUP_LINK_INVALID"


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "ada-lovelace"])
def test_a_weak_password_is_refused_and_the_link_stays_good(password: str) -> None:
    token = services.setup_token()
    with pytest.raises(ValidationError):
        use(token, username="ada-lovelace", password=password)
    assert services.setup_needed() and use(token).username == "ada"


def test_the_environment_creates_nobody_when_somebody_exists() -> None:
    make_user("grace")
    assert administrator_create_first(username="ada", password=PASSWORD) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_that_use_the_link_at_once_one_wins() -> None:
    token, start, results = services.setup_token(), threading.Barrier(4), []

    def attempt(number: int) -> None:
        start.wait()
        try:
            results.append(use(token, username=f"user{number}").username)
        except SetupError as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[:3] == ["SETUP_DONE"] * 3 and User.objects.get().username in results


def test_the_four_groups_are_there_after_a_migration() -> None:
    services.groups_ensure()
    assert set(Group.objects.values_list("name", flat=True)) == {"viewer", "operator", "analyst", "admin"}
