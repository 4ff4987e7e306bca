"""Documentation that leaves something out is a failure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from presence_site.env import SETTINGS, Setting
from realtime.endpoint import COMMON_EVENTS, all_endpoints
from realtime.protocol import PAYLOADS, SERVER_EVENTS, CloseCode, ErrorCode
from realtime.topics import all_topics
from tests.support.environment import ROOT

DOCS = ROOT / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_operations_manual(setting: Setting) -> None:
    assert f"`{setting.name}`" in text_of("operations.md")


def test_the_operations_manual_knows_no_setting_that_is_gone() -> None:
    named = set(re.findall(r"`((?:PRESENCE|WS)_[A-Z_]+)`", text_of("operations.md")))
    assert named <= {setting.name for setting in SETTINGS}


def file_names(text: str) -> set[str]:
    """Return everything in backquotes that looks like a path of the repository."""
    quoted = re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|ts|tsx|md|toml|json|yml|html))`", text)
    return {name for name in quoted if not name.startswith(("/", "http"))}


def test_every_file_on_the_data_path_exists() -> None:
    named = file_names(text_of("data-path.md"))
    assert "metrics/pipeline.py" in named and "realtime/hub.py" in named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def protocol_words() -> list[str]:
    """Everything that can appear on the wire as a name or code."""
    topics = all_topics().values()
    events = [*SERVER_EVENTS, *(event for topic in topics for event in topic.events)]
    codes = [*ErrorCode, *(str(int(code)) for code in CloseCode)]
    return [*PAYLOADS, *events, *codes, *(topic.name for topic in topics)]


@pytest.mark.parametrize("path", sorted(DOCS.glob("protocol.md")), ids=lambda path: path.name)
def test_everything_on_the_wire_is_in_the_protocol_manual(path: Path) -> None:
    text = path.read_text()
    quoted = " ".join(re.findall(r"`([^`\n]+)`", text))
    named = {*re.findall(r"\w+", quoted), *re.findall(r"^\| *(\d{4}) *\|", text, re.MULTILINE)}
    assert sorted(set(protocol_words()) - named) == []


def endpoint_words() -> list[str]:
    """The names of all messages of the sockets that apps have registered."""
    words = [event.name for event in COMMON_EVENTS]
    for endpoint in all_endpoints().values():
        words += [message.name for message in endpoint.messages] + [event.name for event in endpoint.events]
    return words


@pytest.mark.parametrize("word", sorted(set(endpoint_words())))
def test_every_message_of_an_endpoint_is_in_some_manual(word: str) -> None:
    assert any(f"`{word}`" in path.read_text() or f"`{word} " in path.read_text() for path in DOCS.glob("*.md"))
