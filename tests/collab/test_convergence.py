"""Replicas over several processes, with partitions, crashes and lost hints: one text, no acknowledged edit is lost.

The processes are ``SharedDocument``s over the real database; what a browser, a socket and the group do stands here.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collab import shared_document, updates
from collab.models import DocumentUpdate, Session
from collab.services import session_create
from collab.shared_document import Edit, SharedDocument
from collab.update import read_state_vector, read_update
from collab.updates import Row
from tests.support.documents import Replica
from tests.support.users import make_user

pytestmark = pytest.mark.django_db


@dataclass
class Browser:
    """One person's tab: edits at any time, sends while it is connected, keeps what was not acknowledged."""

    user_id: int
    replica: Replica = field(default_factory=Replica)
    sent: deque[bytes] = field(default_factory=deque)
    waiting: deque[bytes] = field(default_factory=deque)
    acknowledged: dict[int, int] = field(default_factory=dict)
    process: Process | None = None

    def edit(self, source: random.Random) -> None:
        (self.sent if self.process else self.waiting).append(self.replica.edit(source))

    def connect(self, process: Process) -> None:
        self.disconnect()
        process.browsers.append(self)
        self.process = process
        self.replica.take(process.document.state())
        missing = self.replica.missing_in(process.document._document._doc.get_state())
        self.waiting.clear()
        self.sent = deque([missing])

    def disconnect(self) -> None:
        if self.process is not None:
            self.process.browsers.remove(self)
            self.process = None
            self.waiting, self.sent = deque([*self.sent, *self.waiting]), deque()

    def saved(self, update: bytes) -> None:
        for number, (_, end) in read_update(update).ranges.items():
            self.acknowledged[number] = max(end, self.acknowledged.get(number, 0))


@dataclass
class Process:
    """A web process: a document, its sockets, and the hints of others that have not come yet."""

    session: Session
    document: SharedDocument = field(init=False)
    browsers: list[Browser] = field(default_factory=list)
    hints: deque[tuple[Row, dict[int, int]]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.document = SharedDocument(self.session.pk, max_length=100_000)
        self.document.open()

    def crash(self) -> None:
        for browser in list(self.browsers):
            browser.disconnect()
        self.hints.clear()
        self.__post_init__()

    def tell(self, rows: list[Row]) -> None:
        for browser in self.browsers:
            for row in rows:
                browser.replica.take(row.data)

    def store(self, others: list[Process], *, die_before_answering: bool = False) -> None:
        """Store all that its browsers have sent, as one batch."""
        edits = [Edit(browser.user_id, update, sender=browser) for browser in self.browsers for update in browser.sent]
        if not edits:
            return
        outcome = self.document.write(edits)
        assert not outcome.refused, outcome.refused
        if die_before_answering:
            self.crash()
            return
        for edit, _ in outcome.saved:
            edit.sender.saved(edit.update)
            edit.sender.sent.popleft()
        self.tell(outcome.rows)
        for row in outcome.rows:
            if row.seq in outcome.own:
                for other in others:
                    other.hints.append((row, outcome.own[row.seq]))

    def hear(self, *, lose: bool) -> None:
        if self.hints:
            row, owners = self.hints.popleft()
            if not lose:
                self.tell(self.document.hear(row, owners))


class World:
    """Two or three processes, two to five people, one plain client."""

    def __init__(self, seed: int, people: list[User], processes: int) -> None:
        self.random = random.Random(seed)
        self.session = session_create(user=people[0], query="select 1")
        self.processes = [Process(self.session) for _ in range(processes)]
        self.browsers = [Browser(user.pk) for user in people]
        for browser in self.browsers:
            browser.connect(self.random.choice(self.processes))

    def others(self, process: Process) -> list[Process]:
        return [one for one in self.processes if one is not process]

    def step(self, action: str) -> None:
        process, browser = self.random.choice(self.processes), self.random.choice(self.browsers)
        if action == "edit":
            browser.edit(self.random)
        elif action == "store":
            process.store(self.others(process))
        elif action == "die":
            process.store(self.others(process), die_before_answering=True)
        elif action == "crash":
            process.crash()
        elif action == "hear":
            process.hear(lose=self.random.random() < 0.3)
        elif action == "part":
            browser.disconnect()
        elif action == "come":
            browser.connect(process)
        elif action == "plain":
            text = process.document.text
            middle = self.random.randint(0, len(text))
            outcome = process.document.write(
                [Edit(browser.user_id, text=text[:middle] + "§" + text[middle:], base=text)]
            )
            process.tell(outcome.rows)

    def settle(self) -> str:
        for browser in self.browsers:
            browser.connect(self.random.choice(self.processes))
        for process in self.processes:
            process.store([])
        for process in self.processes:
            process.tell(process.document.catch_up())
        stored = SharedDocument(self.session.pk, max_length=100_000)
        stored.open()
        vector = read_state_vector(stored._document._doc.get_state())
        for browser in self.browsers:
            assert browser.replica.text == stored.text
            assert all(end <= vector.get(number, 0) for number, end in browser.acknowledged.items())
        assert {process.document.text for process in self.processes} == {stored.text}
        return stored.text


ACTIONS = st.lists(
    st.sampled_from(["edit"] * 6 + ["store"] * 4 + ["hear"] * 2 + ["part", "come", "crash", "die", "plain"]),
    max_size=60,
)


@given(st.integers(0, 2**32), st.integers(2, 5), st.integers(1, 3), ACTIONS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_everybody_ends_with_the_stored_text(
    monkeypatch: pytest.MonkeyPatch, seed: int, people: int, processes: int, actions: list[str]
) -> None:
    monkeypatch.setattr(shared_document, "SNAPSHOT_EVERY", 5)
    monkeypatch.setattr(updates, "KEEP", 2)
    users = [User.objects.filter(username=f"p{n}").first() or make_user(f"p{n}") for n in range(people)]
    world = World(seed, users, processes)
    for action in actions:
        world.step(action)
    world.settle()
    numbers = list(DocumentUpdate.objects.filter(session=world.session).order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
