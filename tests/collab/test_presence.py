"""Who is there: rows that grow old, and what the timeline says of coming and going."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from collab import presence, runs
from collab.errors import Refused
from collab.models import Event, Presence, Run, Session
from collab.services import session_create
from tests.support.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def session(ada: User) -> Session:
    return session_create(user=ada)


def enter(session: Session, user: User, process: str = "one", sockets: int = 1) -> None:
    presence.presence_enter(session_id=session.pk, process=process, user=user, count=lambda: sockets)


def leave(session: Session, user: User, process: str = "one", sockets: int = 0) -> None:
    presence.presence_leave(session_id=session.pk, process=process, user_id=user.pk, count=lambda: sockets)


def beat(process: str, **counts: Any) -> None:
    presence.presence_beat(process=process, counts=counts.get("counts", {}))


def later(seconds: float) -> None:
    """Let time pass for all rows."""
    for row in Presence.objects.all():
        Presence.objects.filter(pk=row.pk).update(seen_at=row.seen_at - timedelta(seconds=seconds))


def kinds(session: Session) -> list[str]:
    found = Event.objects.filter(session=session, kind__in=("joined", "left")).order_by("number")
    return list(found.values_list("kind", flat=True))


def test_two_tabs_and_two_processes_are_one_person(session: Session, ada: User) -> None:
    enter(session, ada)
    enter(session, ada, sockets=2)
    enter(session, ada, "two")
    assert presence.present_in([session.pk]) == {session.pk: {ada.pk}} and kinds(session) == ["joined"]
    leave(session, ada, sockets=1)
    leave(session, ada, "two")
    assert presence.is_present(session.pk, ada.pk)


def test_the_people_of_a_dead_process_are_gone_after_three_beats(session: Session, ada: User) -> None:
    enter(session, ada)
    later(presence.stale_seconds() - 2)
    assert presence.is_present(session.pk, ada.pk)
    later(4)
    assert not presence.is_present(session.pk, ada.pk)
    beat("two")
    assert not Presence.objects.exists() and kinds(session) == ["joined", "left"]


def test_a_process_that_lives_keeps_its_people(session: Session, ada: User) -> None:
    enter(session, ada)
    later(presence.stale_seconds() + 1)
    beat("one", counts={(session.pk, ada.pk): 1})
    assert presence.is_present(session.pk, ada.pk)


def test_who_comes_back_soon_has_not_left(session: Session, ada: User) -> None:
    enter(session, ada)
    leave(session, ada)
    later(presence.AWAY_SECONDS - 2)
    beat("one")
    enter(session, ada)
    assert kinds(session) == ["joined"]
    leave(session, ada)
    later(presence.AWAY_SECONDS + 1)
    beat("one")
    assert kinds(session) == ["joined", "left"]


def test_a_count_that_is_wrong_is_put_right_at_the_beat(session: Session, ada: User) -> None:
    enter(session, ada)
    beat("one")
    assert not presence.is_present(session.pk, ada.pk)


def test_numbers_have_no_holes(session: Session, ada: User) -> None:
    for _ in range(3):
        enter(session, ada)
        leave(session, ada)
        Presence.objects.all().delete()
    numbers = list(Event.objects.filter(session=session).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Session.objects.get().event_head == len(numbers)


def start(session: Session, user: User, execution_id: str) -> Run:
    return runs.run_start(
        session_id=session.pk, user=user, execution_id=execution_id, share="", query="select 1", source=""
    )


def test_a_run_whose_starter_is_gone_and_silent_makes_way(session: Session, ada: User) -> None:
    start(session, ada, "e1")
    with pytest.raises(Refused, match="already"):
        start(session, ada, "e2")
    Run.objects.update(heard_at=F("heard_at") - runs.ABANDONED_MS - 1)
    assert start(session, ada, "e2").number == 2
    assert Run.objects.get(number=1).error == "abandoned"


def test_a_silent_run_of_somebody_who_is_there_does_not(session: Session, ada: User) -> None:
    start(session, ada, "e1")
    enter(session, ada)
    Run.objects.update(heard_at=F("heard_at") - runs.ABANDONED_MS - 1)
    with pytest.raises(Refused):
        start(session, ada, "e2")


def test_the_first_end_of_a_run_counts(session: Session, ada: User) -> None:
    start(session, ada, "e1")
    for status, rows in (("completed", 5), ("failed", 0)):
        runs.run_finish(
            session_id=session.pk, user=ada, execution_id="e1", status=status, rows=rows, elapsed_ms=1, error=""
        )
    run = Run.objects.get()
    assert (run.status, run.rows) == ("completed", 5)
    assert Event.objects.filter(kind="run_finished").count() == 1
