"""Settings from the environment: every kind, and one sentence for every value that is wrong."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from presence_site.env import BY_NAME, SETTINGS, Reader, Setting


def read(name: str, value: str | None = None) -> object:
    return Reader({} if value is None else {name: value})(name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_has_a_default_within_its_bounds(setting: Setting) -> None:
    assert read(setting.name) == setting.default
    assert setting.help.endswith(".") and (setting.minimum is None) == (setting.maximum is None)


def test_no_name_is_used_twice() -> None:
    assert len(BY_NAME) == len(SETTINGS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", "8080", 8080),
        ("PORT", " 8080 ", 8080),
        ("PORT", "0", 0),
        ("PRESENCE_INTERVAL", "0.5", 0.5),
        ("PRESENCE_INTERVAL", "2", 2.0),
        ("PRESENCE_INTERVAL", "1e1", 10.0),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("REDIS_URL", "redis://:pa$$word@host:6379/0", "redis://:pa$$word@host:6379/0"),
        ("PRESENCE_ADMIN_PASSWORD", "$ecret with spaces and = and #", "$ecret with spaces and = and #"),
        ("PRESENCE_SECRET_KEY", "$HOME", "$HOME"),
        ("PRESENCE_ALLOWED_HOSTS", "a.example, b.example ,,", ["a.example", "b.example"]),
        ("PRESENCE_ALLOWED_HOSTS", "", []),
        *[("PRESENCE_PUBLIC", text, True) for text in ("1", "true", "True", "yes", "on", "y")],
        *[("PRESENCE_PUBLIC", text, False) for text in ("0", "false", "False", "no", "off", "n", "")],
    ],
)
def test_a_value_is_read_as_its_kind(name: str, text: str, value: object) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("PORT", "http", "PORT must be a whole number."),
        ("PORT", "80.5", "PORT must be a whole number."),
        ("PORT", "", "PORT must be a whole number."),
        ("PORT", "-1", "PORT must be between 0 and 65535, not -1."),
        ("PORT", "65536", "PORT must be between 0 and 65535, not 65536."),
        ("PRESENCE_INTERVAL", "often", "PRESENCE_INTERVAL must be a number."),
        ("PRESENCE_INTERVAL", "0.1", "PRESENCE_INTERVAL must be between 0.2 and 60, not 0.1."),
        ("PRESENCE_INTERVAL", "nan", "PRESENCE_INTERVAL must be between 0.2 and 60, not nan."),
        ("PRESENCE_INTERVAL", "inf", "PRESENCE_INTERVAL must be between 0.2 and 60, not inf."),
        ("PRESENCE_INTERVAL", "1 s", "PRESENCE_INTERVAL must be a number."),
        ("PRESENCE_PUBLIC", "maybe", "PRESENCE_PUBLIC must be yes or no."),
        ("PRESENCE_HTTPS", "ture", "PRESENCE_HTTPS must be yes or no."),
        ("WS_MAX_CONNECTIONS", "0", "WS_MAX_CONNECTIONS must be between 1 and"),
    ],
)
def test_a_wrong_value_gets_one_sentence_and_the_help(name: str, text: str, start: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(name, text)
    assert str(caught.value).startswith(start) and str(caught.value).endswith(BY_NAME[name].help)


@given(st.sampled_from(SETTINGS), st.text())
def test_any_text_is_read_or_refused_with_a_sentence(setting: Setting, text: str) -> None:
    try:
        assert type(read(setting.name, text)) is type(setting.default)
    except ImproperlyConfigured as error:
        assert str(error).startswith(f"{setting.name} must be ")
