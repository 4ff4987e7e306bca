"""Notifications that really leave: over HTTP and SMTP to servers of the test, from a process of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from metrics.models import Channel
from metrics.notify.channels import Outcome, address_check, address_set, hand_over
from metrics.notify.hand_over import answer
from metrics.notify.text import Message
from tests.support.processes import free_port

MESSAGE = Message("[critical] web-1", "CPU is above 90 %: 99 %\n磁盘高于 95 %", "failure")


class Webhook:
    """A web server that takes what is posted."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    yield server
    server.close()


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"

    def close(self) -> None:
        self._controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    server = Mailbox()
    yield server
    server.close()


def send(url: str) -> Outcome:
    channel = Channel(name="c")
    address_set(channel=channel, url=url, masked="")
    return hand_over(channel=channel, message=MESSAGE)


def test_a_webhook_gets_the_message(webhook: Webhook) -> None:
    assert send(f"json://127.0.0.1:{webhook.port}/hook") == Outcome(True)
    (body,) = webhook.bodies
    assert (body["title"], body["message"], body["type"]) == (MESSAGE.title, MESSAGE.body, "failure")


def test_a_mailbox_gets_the_message(mailbox: Mailbox) -> None:
    url = f"mailto://127.0.0.1:{mailbox.port}?from=presence@example.com&to=ops@example.com&mode=insecure&format=text"
    assert send(url) == Outcome(True)
    ((recipients, mail),) = mailbox.mails
    assert recipients == ["ops@example.com"] and "web-1" in str(mail["Subject"])
    assert "磁盘高于 95 %" in mail.get_payload(decode=True).decode()


def test_an_address_is_checked_in_a_process_of_its_own() -> None:
    assert address_check(url="json://localhost/hook") == Outcome(True, "", "JSON", "json://localhost/***")
    assert not address_check(url="syslog://").ok


def test_a_refusal_says_why_without_the_secret(webhook: Webhook) -> None:
    webhook.status = 500
    outcome = send(f"json://ada:hunter22@127.0.0.1:{webhook.port}/tokentoken?+X=secretvalue")
    assert not outcome.ok and outcome.error
    assert not [word for word in ("hunter22", "tokentoken", "secretvalue") if word in outcome.error]


def test_who_does_not_answer_in_time_is_given_up_on(settings: Any) -> None:
    settings.PRESENCE_NOTIFY_TIMEOUT = 0.01
    assert send("json://127.0.0.1:9/") == Outcome(False, "No answer within 0.01 s.")


@pytest.mark.parametrize(
    "url",
    [
        "jsons://hooks.example.com/secretpath?+X=secretword",
        "mailtos://user:secretword@smtp.example.com?to=ops@example.com",
        "slack://TJJ49Q9JU/BH1MFQ9PU/NA7LFNcFhqCnNYPVx4jFVQ9b/",
        "tgram://123456789:AABBCCDDEEFFGGHHIIJJKKLLMMNNOOPPQQR/12315544/",
        "dingtalk://SECabcdefgh@abcdefghijklmnop/",
        "wecombot://693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
        "feishu://abcdefghijklmnop",
        "ntfy://topic",
        "https://open.feishu.cn/open-apis/bot/v2/hook/abcdefghijklmnop",
        "https://oapi.dingtalk.com/robot/send?access_token=abcdefghijklmnop",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    ],
)
def test_the_services_that_people_use_are_known_and_shown_masked(url: str) -> None:
    outcome = Outcome(**answer({"do": "check", "url": url}))  # in this process: starting one for each takes a minute
    assert outcome.ok and outcome.service and outcome.masked, outcome
    for secret in ("secretword", "secretpath", "NA7LFNcFhqCnNYPVx4jFVQ9b", "AABBCCDD", "abcdefghijklmnop", "2sifa5aaa"):
        assert secret not in outcome.masked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "https://example.com/hook",
        "syslog://",
        "dbus://",
        "file:///etc/passwd",
        "jsons://[::1",
        "slack://TJJ49Q9JU/BH1MFQ9PU/NA7LFNcFhqCnNYPVx4jFVQ9b/?template=/etc/passwd",
        "mailtos://user:pass@example.com?pgp=/etc/passwd",
        "vapid://ops@example.com/ada@example.com?keyfile=/etc/passwd",
    ],
)
def test_what_acts_on_this_machine_or_reads_its_files_is_refused(url: str) -> None:
    outcome = answer({"do": "check", "url": url})
    assert not outcome["ok"] and outcome["error"]


def test_the_process_that_sends_can_not_read_the_data_folder(tmp_path: Path) -> None:
    """Where the kernel has Landlock; elsewhere the parameters that name files are refused all the same."""
    from tests.support.environment import PYTHON, ROOT, clean
    from tests.support.processes import run

    secret = tmp_path / "secret-key"
    secret.write_text("x")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'metrics' / 'notify')!r}); import hand_over\n"
        "try:\n    hand_over.landlock(list(hand_over.READABLE))\nexcept OSError:\n    print('no landlock')\n"
        f"try:\n    open({str(secret)!r})\nexcept PermissionError:\n    print('walled')\n"
        f"try:\n    open({str(tmp_path / 'new')!r}, 'w')\nexcept PermissionError:\n    print('walled')\n"
        "open('/etc/hosts').read()\n"
    )
    said = run([PYTHON, "-I", "-c", script], environ=clean({})).stdout.split("\n")
    assert said[:2] == ["walled", "walled"] or said[0] == "no landlock", said
