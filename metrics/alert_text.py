"""The sentences about alerts, in the language in force. Pages make their own from the fields."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from metrics.alerts import Transition
from metrics.components import label_of, with_unit
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
