"""Rules of a test's own."""

from __future__ import annotations

from metrics.models import Rule
from metrics.rulebook import rules_edited


def no_rules() -> None:
    """Begin without those that an installation comes with; nothing has been judged by them yet, so nobody is told."""
    rules = Rule.objects.all()
    rules._raw_delete(rules.db)
    rules_edited()
