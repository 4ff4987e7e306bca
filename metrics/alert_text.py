"""The sentences about alerts, in the language in force. Pages make their own from the fields."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from metrics.alerts import Transition
from metrics.components import MAINTENANCE, label_of, with_unit
from metrics.models import Component


def sentence(component: str, step: Transition, value: float | None, *, above: bool) -> str:
    """Return what happened, in the language in force."""
    if component == Component.HOST:
        return _host_sentence(step, value)
    label = label_of(component)
    if step.no_data:
        return _("%(what)s has had no value for %(seconds)g s") % {"what": label, "seconds": step.threshold}
    if value is None:
        return _("%(what)s has no value") % {"what": label}
    names = {"what": label, "limit": with_unit(component, step.threshold), "value": with_unit(component, value)}
    if step.level == "":
        return _("%(what)s is back to %(value)s") % names
    if above:
        return _("%(what)s is above %(limit)s: %(value)s") % names
    return _("%(what)s is below %(limit)s: %(value)s") % names


def _host_sentence(step: Transition, value: float | None) -> str:
    if step.level == "":
        return _("Host is back online")
    return _("Host is offline: no reading for %(seconds)d s") % {"seconds": round(value or 0)}


def not_watched(component: str) -> str:
    """Return why an alert ended whose rule was edited, disabled or deleted."""
    return _("%(what)s is not watched any more") % {"what": label_of(component)}


def message_of(component: str, step: Transition, value: float | None, *, above: bool) -> str:
    """Return the sentence that is stored with a transition: always English."""
    with translation.override("en"):
        return sentence(component, step, value, above=above)[:500]


def message_not_watched(component: str) -> str:
    """Return the stored sentence of an alert whose rule is gone: always English."""
    with translation.override("en"):
        return not_watched(component)[:500]


def told_again(
    *, component: str, recovered: bool, level: str, threshold: float, value: float, above: bool, message: str
) -> str:
    """Say once more, in the language in force, what is stored in English; ``message`` is the stored sentence.

    What people wrote themselves, a notice of maintenance, stays as it is.
    """
    if component == MAINTENANCE:
        return message
    if recovered and message.endswith(" is not watched any more"):
        return not_watched(component)
    no_data = not recovered and " has had no value for " in message
    return sentence(component, Transition("" if recovered else level, level, threshold, no_data), value, above=above)
