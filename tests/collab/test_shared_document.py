"""One session's document over the real database: what is stored, what is refused."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError

from collab import shared_document, updates
from collab.models import DocumentSnapshot, DocumentUpdate, Session
from collab.services import session_create
from collab.shared_document import Edit, Outcome, SharedDocument
from tests.support.documents import Replica
from tests.support.users import make_user

pytestmark = pytest.mark.django_db

ADA, BOB = 0, 1


@pytest.fixture
def people() -> list[User]:
    return [make_user("ada"), make_user("bob")]


@pytest.fixture
def session(people: list[User]) -> Session:
    return session_create(user=people[ADA], query="select 1")


def opened(session: Session, max_length: int = 1_000) -> SharedDocument:
    document = SharedDocument(session.pk, max_length=max_length)
    document.open()
    return document


def replica_of(document: SharedDocument) -> Replica:
    replica = Replica()
    replica.take(document.state())
    return replica


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for _, refusal in outcome.refused]


def test_an_edit_is_a_row_before_it_is_saved(session: Session, people: list[User]) -> None:
    document = opened(session)
    replica = replica_of(document)
    outcome = document.write([Edit(people[ADA].pk, replica.insert(8, " from hosts"))])
    assert [seq for _, seq in outcome.saved] == [2] and list(outcome.own) == [2]
    assert DocumentUpdate.objects.filter(session=session).count() == 2
    assert opened(session).text == document.text == replica.text == "select 1 from hosts"


def test_edits_that_come_together_are_one_row(session: Session, people: list[User]) -> None:
    document = opened(session)
    one, two = replica_of(document), replica_of(document)
    edits = [Edit(people[ADA].pk, one.insert(0, "-- a\n")), Edit(people[BOB].pk, two.insert(8, ";"))]
    outcome = document.write(edits)
    assert len(outcome.saved) == 2 and len(outcome.rows) == 1
    assert outcome.rows[0].authors == (people[ADA].pk, people[BOB].pk)


def test_the_same_edit_again_is_saved_and_changes_nothing(session: Session, people: list[User]) -> None:
    document = opened(session)
    update = replica_of(document).insert(8, ";")
    document.write([Edit(people[ADA].pk, update)])
    outcome = document.write([Edit(people[ADA].pk, update)])
    assert len(outcome.saved) == 1 and outcome.rows == []
    assert opened(session).text == "select 1;"


def test_who_is_behind_reads_on_and_writes_then(session: Session, people: list[User]) -> None:
    one, two = opened(session), opened(session)
    first, second = replica_of(one), replica_of(two)
    one.write([Edit(people[ADA].pk, first.insert(8, " a"))])
    outcome = two.write([Edit(people[BOB].pk, second.insert(8, " b"))])
    assert [row.seq for row in outcome.rows] == [2, 3] and list(outcome.own) == [3]
    one.catch_up()
    assert one.text == two.text == opened(session).text


def test_a_hint_with_the_next_number_needs_no_reading(
    session: Session, people: list[User], django_assert_num_queries: object
) -> None:
    one, two = opened(session), opened(session)
    outcome = one.write([Edit(people[ADA].pk, replica_of(one).insert(8, " a"))])
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(0):
        two.hear(outcome.rows[0], outcome.own[2])
    assert two.text == "select 1 a" and two.seq == 2


@pytest.mark.parametrize("garbage", [b"\x00", b"\xff" * 40, bytes(range(60)), b"\x01\x01\x05"])
def test_garbage_is_refused_and_the_others_in_the_batch_are_saved(
    session: Session, people: list[User], garbage: bytes
) -> None:
    document = opened(session)
    good = Edit(people[ADA].pk, replica_of(document).insert(8, ";"))
    outcome = document.write([Edit(people[BOB].pk, garbage), good])
    assert codes(outcome) == ["INVALID_UPDATE"] and [edit for edit, _ in outcome.saved] == [good]
    assert opened(session).text == document.text == "select 1;"


def test_items_that_wait_for_each_other_are_refused_and_leave_no_trace(session: Session, people: list[User]) -> None:
    document = opened(session)
    # replica 5 hangs on replica 6, which hangs on replica 5
    circle = bytes([2, 1, 6, 0, 0x84, 5, 0, 1, 98, 1, 5, 0, 0x84, 6, 0, 1, 97, 0])
    good = Edit(people[ADA].pk, replica_of(document).insert(8, ";"))
    outcome = document.write([good, Edit(people[BOB].pk, circle)])
    assert codes(outcome) == ["INVALID_UPDATE"] and len(outcome.saved) == 1
    assert opened(session).state() == document.state() and document.text == "select 1;"


def test_what_hangs_on_something_missing_is_out_of_sync(session: Session, people: list[User]) -> None:
    document = opened(session)
    replica = replica_of(document)
    replica.insert(0, "lost")
    assert codes(document.write([Edit(people[ADA].pk, replica.insert(4, "x"))])) == ["DOC_OUT_OF_SYNC"]
    assert document.text == "select 1"


def test_nobody_writes_under_somebody_elses_replica(session: Session, people: list[User]) -> None:
    document = opened(session)
    replica = replica_of(document)
    document.write([Edit(people[ADA].pk, replica.insert(8, ";"))])
    forged = replica.insert(0, "drop ")
    assert codes(document.write([Edit(people[BOB].pk, forged)])) == ["FORGED_AUTHOR"]
    assert codes(opened(session).write([Edit(people[BOB].pk, forged)])) == ["FORGED_AUTHOR"]
    assert opened(session).text == "select 1;"


def test_somebody_from_another_process_may_know_more_than_this_one(session: Session, people: list[User]) -> None:
    one, behind = opened(session), opened(session)
    ada = replica_of(one)
    one.write([Edit(people[ADA].pk, ada.insert(8, " a"))])
    bob = replica_of(one)
    bob.insert(10, " b")
    outcome = behind.write([Edit(people[BOB].pk, bob.missing_in(replica_of(behind).vector()))])
    assert not outcome.refused and behind.text == opened(session).text == "select 1 a b"


def test_a_session_takes_only_so_many_writers(
    session: Session, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_document, "MAX_REPLICAS", 2)
    document = opened(session)
    updates = [replica_of(document).insert(8, "x") for _ in range(3)]
    outcome = document.write([Edit(people[ADA].pk, update) for update in updates])
    assert codes(outcome) == ["INVALID_UPDATE"] and document.text == opened(session).text == "select 1xx"


def test_everybody_may_delete_what_others_wrote(session: Session, people: list[User]) -> None:
    document = opened(session)
    outcome = document.write([Edit(people[BOB].pk, replica_of(document).delete(0, 7))])
    assert not outcome.refused and opened(session).text == "1"


def test_of_two_that_forge_one_replica_in_two_processes_the_first_stored_counts(
    session: Session, people: list[User]
) -> None:
    one, two = opened(session), opened(session)
    replica = replica_of(one)
    update = replica.insert(8, "aaaa")
    other = update.replace(b"aaaa", b"bbbb")
    one.write([Edit(people[ADA].pk, update)])
    two.write([Edit(people[ADA].pk, other)])
    assert one.text == two.text == opened(session).text == "select 1aaaa"


def test_a_text_that_is_too_long_is_refused_whole(session: Session, people: list[User]) -> None:
    document = opened(session, max_length=20)
    assert codes(document.write([Edit(people[ADA].pk, replica_of(document).insert(8, "x" * 13))])) == [
        "DOCUMENT_TOO_LARGE"
    ]
    assert codes(document.write([Edit(people[ADA].pk, text="y" * 21, base="select 1")])) == ["DOCUMENT_TOO_LARGE"]
    assert document.text == "select 1"


def test_a_plain_text_becomes_the_smallest_edit(session: Session, people: list[User]) -> None:
    document = opened(session)
    replica = replica_of(document)
    document.write([Edit(people[ADA].pk, replica.insert(8, " from hosts"))])
    outcome = document.write([Edit(people[BOB].pk, text="select 21", base="select 1")])
    assert document.text == "select 21 from hosts"
    assert len(outcome.rows[0].data) < 60


def test_a_plain_client_that_says_which_text_it_changed_is_merged_with_that(
    session: Session, people: list[User]
) -> None:
    document = opened(session)
    document.remember = True
    document.write([Edit(people[ADA].pk, replica_of(document).insert(8, " from hosts"))])
    seq, text = document.seq, document.text
    document.write([Edit(people[ADA].pk, text=f"-- new\n{text}", base=text)])
    document.write([Edit(people[BOB].pk, text=f"{text} limit 1", base=document.text, base_seq=seq)])
    assert document.text == "-- new\nselect 1 from hosts limit 1"


def test_old_changes_go_and_the_document_stays(
    session: Session, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_document, "SNAPSHOT_EVERY", 10)
    monkeypatch.setattr(updates, "KEEP", 3)
    late, document = opened(session), opened(session)
    replica = replica_of(document)
    for _ in range(25):
        document.write([Edit(people[ADA].pk, replica.insert(0, "x"))])
    assert DocumentSnapshot.objects.get(session=session).seq == 20
    assert DocumentUpdate.objects.filter(session=session).count() < 15
    late.catch_up()
    assert late.text == opened(session).text == replica.text


def test_what_the_database_did_not_take_is_not_saved(
    session: Session, people: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = opened(session)
    replica = replica_of(document)
    update = replica.insert(8, ";")

    def fail(**values: object) -> int:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(updates, "updates_append", fail)
        with pytest.raises(DatabaseError):
            document.write([Edit(people[ADA].pk, update)])
    document.open()
    assert document.text == "select 1"
    document.write([Edit(people[ADA].pk, update)])
    assert document.text == opened(session).text == "select 1;"
