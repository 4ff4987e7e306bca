"""The sentences that an administrator gets for a rule that can't work."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from metrics.models import Host, Rule


def make_rule(**values: Any) -> Rule:
    return Rule(component="cpu", **values)


@pytest.mark.parametrize(
    "values",
    [
        {"warning_raise": 70},
        {"critical_raise": 90},
        {"warning_raise": 70, "warning_clear": 70},
        {"warning_raise": 70, "warning_clear": 60, "critical_raise": 70, "critical_clear": 65},
        {"warning_raise": 0, "warning_clear": 0},
        {"comparison": "below", "warning_raise": 20, "warning_clear": 25, "critical_raise": 10},
    ],
)
def test_thresholds_that_make_sense_pass(values: dict[str, Any]) -> None:
    make_rule(**values).clean()


WRONG = [
    ({}, "__all__", "Set a value for warning, for critical, or both."),
    ({"warning_clear": 5}, "warning_clear", "Set the value at which it is raised first."),
    (
        {"warning_raise": 70, "warning_clear": 71},
        "warning_clear",
        "Must be at or below the value at which it is raised (70), or it could never clear.",
    ),
    (
        {"comparison": "below", "critical_raise": 10, "critical_clear": 9.5},
        "critical_clear",
        "Must be at or above the value at which it is raised (10), or it could never clear.",
    ),
    ({"warning_raise": 90, "critical_raise": 70}, "critical_raise", "Critical must be worse than warning."),
    (
        {"comparison": "below", "warning_raise": 10, "critical_raise": 20},
        "critical_raise",
        "Critical must be worse than warning.",
    ),
]


@pytest.mark.parametrize(("values", "field", "sentence"), WRONG)
def test_thresholds_that_make_none_get_a_sentence(values: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make_rule(**values).clean()
    assert caught.value.message_dict if field != "__all__" else True
    found = caught.value.message_dict[field] if field != "__all__" else caught.value.messages
    assert found == [sentence]


def test_a_rule_is_named_after_what_it_watches() -> None:
    assert str(make_rule(warning_raise=1)) == "CPU (%) - every host"
    assert str(make_rule(warning_raise=1, host=Host(name="web1"))) == "CPU (%) - web1"
