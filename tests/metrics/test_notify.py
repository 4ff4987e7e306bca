"""Notifications: once per transition, gathered, tried again, silenced, in the language of the channel. Pure sender."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from metrics import alerting, services
from metrics.acknowledging import alert_acknowledge
from metrics.models import Alert, Channel, Delivery, Rule, Silence
from metrics.notify import outbox
from metrics.notify.channels import Outcome, address_set
from metrics.notify.secrets import SecretLost, decrypt, encrypt
from metrics.notify.sender import send_next
from metrics.notify.text import Message
from tests.support.readings import NOON, make_reading
from tests.support.rules import no_rules
from tests.support.users import make_user

pytestmark = pytest.mark.django_db(transaction=True)
RETRY_MS = 24 * 3_600_000


class Post:
    """A clock, and a hand-over that remembers what it was given."""

    def __init__(self) -> None:
        self.now = NOON
        self.sent: list[tuple[str, Message]] = []
        self.answer = Outcome(True)

    def hand_over(self, *, channel: Channel, message: Message) -> Outcome:
        self.sent.append((channel.name, message))
        return self.answer

    def work(self, seconds: float = 0) -> list[Message]:
        """Go on by some seconds, send all that is due, and return it."""
        self.now += int(seconds * 1000)
        before = len(self.sent)
        while send_next(now=lambda: self.now, hand_over=self.hand_over) is not None:
            pass
        return [message for _, message in self.sent[before:]]

    def read(self, cpu: float, host: str = "a") -> None:
        """Judge one reading, now."""
        reading = make_reading(self.now, cpu=cpu, host=host)
        alerting.rules_judge(host=services.host_ensure(name=host), reading=reading)


@pytest.fixture
def post() -> Post:
    no_rules()
    make_rule()
    return Post()


def make_rule(**values: Any) -> Rule:
    return Rule.objects.create(**{"component": "cpu", "warning_raise": 70, "for_seconds": 0, **values})


def make_channel(name: str = "ops", **values: Any) -> Channel:
    channel = Channel(name=name, **{"group_seconds": 10, **values})
    address_set(channel=channel, url="json://localhost/", masked="json://localhost/")
    channel.save()
    return channel


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_a_transition_is_sent_once_after_it_was_gathered(post: Post) -> None:
    make_channel()
    post.read(99)
    assert post.work() == [] and post.work(9) == []
    (message,) = post.work(1)
    assert message.title == "[warning] a" and message.kind == "warning"
    assert message.body.endswith("[warning] a: CPU is above 70 %: 99 %")
    assert post.work(3600) == [] and states() == ["sent"]


def test_what_happens_together_goes_out_as_one_message(post: Post) -> None:
    make_channel()
    for host in ("a", "b", "c", "d"):
        post.read(99, host)
    post.now += 5_000
    post.read(10, "a")
    (message,) = post.work(5)
    assert len(message.body.splitlines()) == 5 and message.title == "[warning] a, b, c …"
    assert states() == ["sent"] * 5


def test_a_recovery_says_so(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    post.work()
    post.now += 1000
    post.read(10)
    (message,) = post.work()
    assert (message.title, message.kind) == ("[recovered] a", "success")


def test_it_speaks_chinese_where_the_channel_does(post: Post) -> None:
    make_channel(group_seconds=0, language="zh-hans")
    post.read(99)
    (message,) = post.work()
    assert message.title == "[警告] a" and message.body.endswith("[警告] a: CPU高于 70 %：当前 99 %")


def test_a_channel_for_critical_alerts_hears_of_nothing_less_but_of_the_end(post: Post) -> None:
    Rule.objects.update(critical_raise=90)
    Rule.objects.get().save()
    make_channel(group_seconds=0, min_level="critical")
    titles = []
    for cpu in (75, 95, 80, 10, 75, 10):
        post.now += 1000
        post.read(cpu)
        titles += [message.title for message in post.work()]
    assert titles == ["[critical] a", "[warning] a", "[recovered] a"]


def test_two_senders_send_once(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    first, second = outbox.batch_claim(now=post.now), outbox.batch_claim(now=post.now)
    assert first is not None and second is None
    outbox.batch_sent(batch=first, now=post.now)
    assert post.work(3600) == []


def test_what_a_sender_left_when_it_died_is_sent_by_another(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    assert outbox.batch_claim(now=post.now) is not None
    assert post.work(60) == [] and len(post.work(61)) == 1


def test_a_sender_that_was_given_up_on_changes_nothing_any_more(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    late = outbox.batch_claim(now=post.now)
    assert late is not None and len(post.work(121)) == 1
    outbox.batch_failed(batch=late, error="late", now=post.now, give_up_ms=RETRY_MS)
    assert states() == ["sent"]


def test_a_failure_is_tried_again_later_each_time(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    post.answer = Outcome(False, "HTTP 500")
    tries = [len(post.work(5)) for _ in range(24)]
    assert [number * 5 for number, made in enumerate(tries) if made] == [0, 15, 45, 105]
    post.answer = Outcome(True)
    assert len(post.work(3600)) == 1 and states() == ["sent"]
    assert Delivery.objects.get().attempts == 5 and Channel.objects.get().last_error == ""


def test_after_a_day_it_is_given_up_and_the_channel_says_why(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    post.answer = Outcome(False, "HTTP 404")
    post.work(25 * 3600)
    assert states() == ["failed"] and post.work(3600) == []
    assert Channel.objects.get().last_error == "HTTP 404"


def test_a_channel_that_fails_delays_no_other(post: Post) -> None:
    make_channel("bad", group_seconds=0)
    make_channel("good", group_seconds=0)
    post.read(99)
    assert outbox.batch_claim(now=post.now) is not None
    post.work()
    assert [name for name, _ in post.sent] == ["good"]


def test_reminders_come_until_somebody_acknowledges(post: Post) -> None:
    Rule.objects.get().delete()
    make_rule(repeat_seconds=600)
    make_channel(group_seconds=0)
    post.read(99)
    post.work()
    reminded = []
    for _ in range(4):
        post.now += 300_000
        assert sum(outbox.reminders_plan(now=post.now) for _ in range(2)) <= 1
        reminded.append(len(post.work()))
    assert reminded == [0, 1, 0, 1] and post.sent[-1][1].body.endswith("(reminder)")
    alert_acknowledge(alert=Alert.objects.get(), user=make_user("ada"), comment="", now=post.now)
    post.now += 3_600_000
    assert outbox.reminders_plan(now=post.now) == 0


def silence(post: Post, seconds: int, **values: Any) -> None:
    start = datetime.fromtimestamp(post.now / 1000, tz=UTC)
    Silence.objects.create(starts_at=start, ends_at=start + timedelta(seconds=seconds), **values)


def test_what_comes_and_goes_within_a_silence_is_not_told(post: Post) -> None:
    make_channel(group_seconds=0)
    silence(post, 600)
    post.read(99)
    assert post.work() == []
    post.now += 1000
    post.read(10)
    assert post.work(30) == [] and states() == ["dropped", "dropped"]


def test_what_still_fires_when_a_silence_ends_is_told_then(post: Post) -> None:
    make_channel(group_seconds=0)
    silence(post, 600)
    post.read(99)
    assert post.work(300) == []
    assert [message.title for message in post.work(301)] == ["[warning] a"]


def test_the_end_of_what_was_told_before_a_silence_is_told_after_it(post: Post) -> None:
    make_channel(group_seconds=0)
    post.read(99)
    post.work()
    silence(post, 600)
    post.now += 1000
    post.read(10)
    assert post.work(60) == []
    assert [message.title for message in post.work(600)] == ["[recovered] a"]


def test_a_silence_of_another_host_or_component_silences_nothing(post: Post) -> None:
    make_channel(group_seconds=0)
    silence(post, 600, host=services.host_ensure(name="b"))
    silence(post, 600, component="disk")
    post.read(99)
    assert len(post.work()) == 1


# --- secrets ---


def test_an_address_is_encrypted_and_another_key_does_not_open_it(settings: Any) -> None:
    channel = make_channel()
    assert "localhost" not in channel.secret and decrypt(channel.secret) == "json://localhost/"
    token, old = encrypt("x"), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    with pytest.raises(SecretLost):
        decrypt(token)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert decrypt(token) == "x"
