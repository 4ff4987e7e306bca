"""The agent's parts: the spool, the sender with a server that answers as told, the command line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from metrics.agent import main as command
from metrics.agent.sender import AT_ONCE, LONGEST_WAIT, Answer, Sender
from metrics.agent.spool import Spool
from metrics.agent.transport import HttpTransport
from metrics.ingest.messages import FUTURE_MS, Refused, readings_of
from tests.support.readings import NOON, make_reading

HOUR = 3_600_000
OK = Answer(200)


class Server:
    """Answers as told, then as the real one does: with the checks of ``readings_of``."""

    def __init__(self, *answers: Answer | Exception, clock: int = NOON) -> None:
        self.answers = list(answers)
        self.clock = clock
        self.taken: list[int] = []

    def post(self, body: bytes) -> Answer:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if answer.status != 200:
                return answer
        data = gzip.decompress(body)
        try:
            found = readings_of(data, host="far", now=self.clock, oldest=self.clock - 168 * HOUR, at_most=1000)
        except Refused as refused:
            return Answer(400, {"error": {"code": refused.code, "message": "no", "details": refused.details}})
        self.taken += [reading.timestamp for reading in found]
        return OK


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def fill(spool: Spool, *seconds: int) -> list[int]:
    moments = [NOON + second * 1000 for second in seconds]
    for moment in moments:
        spool.add(moment, msgspec.json.encode(make_reading(moment, host="")))
    return moments


def sender(spool: Spool, server: Server, clock: Callable[[], float] = lambda: NOON / 1000) -> Sender:
    return Sender(spool, server, clock=clock, dice=lambda: 1.0)


def test_readings_are_sent_in_order_and_then_forgotten(spool: Spool) -> None:
    moments, server = fill(spool, -2, -3, -1), Server()
    assert sender(spool, server).step() == 0.0
    assert server.taken == sorted(moments) and len(spool) == 0
    assert sender(spool, server).step() is None


def test_a_spool_outlives_its_process(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    fill(first, 0, 1)
    first.note_keep("n", -5)
    again = Spool(tmp_path)  # the first was never closed: it was killed
    assert [moment for moment, _ in again.oldest(9)] == [NOON, NOON + 1000]
    assert (again.note("n"), again.note("other")) == (-5, 0)


def test_while_the_server_is_away_nothing_is_lost_and_the_waits_grow(spool: Spool) -> None:
    fill(spool, 0)
    away: list[Answer | Exception] = [OSError("refused"), Answer(503), Answer(502), *[OSError("refused")] * 9]
    server = Server(*away)
    one = sender(spool, server)
    waits = [one.step() for _ in away]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0] and waits[-1] == LONGEST_WAIT and len(spool) == 1
    assert one.step() == 0.0 and server.taken == [NOON] and len(spool) == 0


@pytest.mark.parametrize("skew", [90_000, -90_000, 7 * HOUR])
def test_a_wrong_clock_is_put_right_once_and_kept(spool: Spool, skew: int) -> None:
    moments = [NOON + skew - 2000, NOON + skew - 1000]
    for moment in moments:
        spool.add(moment, msgspec.json.encode(make_reading(moment, host="")))
    server = Server()
    one = sender(spool, server, clock=lambda: (NOON + skew) / 1000)
    assert one.step() == 0.0 and server.taken == []
    assert one.step() == 0.0 and server.taken == [NOON - 2000, NOON - 1000]
    assert sender(spool, server)._offset == -skew


def test_a_small_difference_of_the_clocks_moves_nothing(spool: Spool) -> None:
    moments, server = fill(spool, 0), Server(clock=NOON + FUTURE_MS - 1)
    sender(spool, server).step()
    assert server.taken == moments


def test_a_reading_that_is_refused_does_not_hold_up_the_others(spool: Spool) -> None:
    moments = fill(spool, -5, -4, -3, -2)
    bad = json.loads(spool.oldest(2)[1][1])
    spool.add(moments[1], json.dumps({**bad, "cpuUsage": 101}).encode())
    server = Server()
    one = sender(spool, server)
    while one.step() is not None:
        pass
    assert server.taken == [moments[0], *moments[2:]]


def test_a_refusal_without_a_place_is_narrowed_down(spool: Spool) -> None:
    fill(spool, *range(-8, 0))
    server = Server(Answer(400), Answer(400), Answer(400), Answer(400))
    one = sender(spool, server)
    while one.step() is not None:
        pass
    assert len(server.taken) == 7


def test_what_is_too_old_is_given_up_and_said(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    fill(spool, -200 * 3600, -199 * 3600, -1)
    server = Server()
    one = sender(spool, server)
    while one.step() is not None:
        pass
    assert server.taken == [NOON - 1000] and "2 readings are older" in caplog.text


def test_too_much_at_once_is_halved(spool: Spool) -> None:
    fill(spool, *range(-20, 0))
    server = Server(Answer(413))
    one = sender(spool, server)
    one.step()
    one.step()
    assert len(server.taken) == 10


def test_a_server_that_asks_to_wait_is_given_the_time(spool: Spool) -> None:
    fill(spool, 0)
    assert sender(spool, Server(Answer(429, retry_after=7.0))).step() == 7.0
    assert AT_ONCE <= 1000


@pytest.mark.parametrize(
    "url", ["ftp://a", "a.example", "https://", "https://me:secret@a.example", "https://a.example?token=x"]
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        HttpTransport(url, "t")


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("phk_file\n")
    assert command.token_from({command.TOKEN: "phk_env"}, None) == "phk_env"
    assert command.token_from({command.TOKEN: "phk_env"}, file) == "phk_file"
    assert command.token_from({command.TOKEN_FILE: str(file)}, None) == "phk_file"
    for environ, path in (({}, None), ({}, tmp_path / "none"), ({command.TOKEN: "a b"}, None)):
        with pytest.raises(ValueError, match="token"):
            command.token_from(environ, path)


def test_readings_wait_where_systemd_says() -> None:
    assert command.buffer_folder({"STATE_DIRECTORY": "/var/lib/presence"}) == Path("/var/lib/presence")
    assert command.buffer_folder({"HOME": "/h"}) == Path("/h/.local/state/presence-agent")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--push", "nowhere"], "must begin with"),
        (["--push", "http://127.0.0.1:1", "--interval", "0"], "--interval"),
    ],
)
def test_a_wrong_command_line_gets_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(command.TOKEN, "phk_x")
    assert command.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_without_a_token_it_says_where_to_get_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(command.TOKEN, raising=False)
    monkeypatch.delenv(command.TOKEN_FILE, raising=False)
    assert command.main(["--push", "http://127.0.0.1:1", "--buffer", str(tmp_path)]) == 2
    assert command.TOKEN in capsys.readouterr().err


def test_the_agent_leaves_django_alone() -> None:
    from tests.support.environment import PYTHON, clean
    from tests.support.processes import run

    script = (
        "import sys; sys.argv = ['manage.py', 'agent', '--help']\n"
        "try:\n    import runpy; runpy.run_path('manage.py', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'django', 'channels', 'rest_framework', 'asyncio', 'ddsketch'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = run([PYTHON, "-c", script], environ=clean({}))
    assert done.returncode == 0, done.stderr


def test_answers_are_read_whatever_they_are() -> None:
    from metrics.agent.transport import _json, _seconds

    assert (_json(b"<html>"), _json(b"[]"), _json(b'{"a": 1}')) == ({}, {}, {"a": 1})
    values: list[Any] = [_seconds(text) for text in ("5", "soon", None, "9999")]
    assert values == [5.0, None, None, 60.0]
