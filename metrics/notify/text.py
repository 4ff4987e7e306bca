"""What a notification says, in the language of its channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from metrics.alert_text import told_again
from metrics.alerts import RANK
from metrics.models import Delivery, Level

MOST_LINES = 30
KINDS = {"": "success", "info": "info", "warning": "warning", "critical": "failure"}
"""apprise's names, by level."""


@dataclass(frozen=True)
class Message:
    """A title, a body of one line per transition, and apprise's kind: info, success, warning or failure."""

    title: str
    body: str
    kind: str


def message_for(deliveries: Sequence[Delivery], language: str) -> Message:
    """Return one message that tells of every transition, oldest first. Each needs its alert with host and rule."""
    with translation.override(language):
        lines = [_line(delivery) for delivery in deliveries[:MOST_LINES]]
        if len(deliveries) > MOST_LINES:
            lines.append(_("and %(count)d more") % {"count": len(deliveries) - MOST_LINES})
        if settings.PRESENCE_URL:
            lines.append(f"{settings.PRESENCE_URL}/alerts")
        worst = max((_level(delivery) for delivery in deliveries), key=lambda level: RANK[level])
        return Message(_title(deliveries, worst), "\n".join(lines), KINDS[worst])


def trial_message(language: str) -> Message:
    """Return what "send a test" sends."""
    with translation.override(language):
        text = _("This is a test: notifications from Presence arrive here.")
        return Message(_("Presence: test"), text, "info")


def _level(delivery: Delivery) -> str:
    return "" if delivery.transition.state == "recovered" else delivery.transition.level


def _title(deliveries: Sequence[Delivery], worst: str) -> str:
    hosts = sorted({delivery.alert.host_name for delivery in deliveries})
    where = ", ".join(hosts[:3]) + (" …" if len(hosts) > 3 else "")
    return f"[{_state(worst)}] {where}"


def _state(level: str) -> str:
    return str(Level(level).label) if level else _("recovered")


def _line(delivery: Delivery) -> str:
    step, alert = delivery.transition, delivery.alert
    moment = timezone.localtime(datetime.fromtimestamp(step.timestamp / 1000, tz=UTC))
    again = f" ({_('reminder')})" if delivery.repeat else ""
    return f"{moment:%m-%d %H:%M:%S} [{_state(_level(delivery))}] {alert.host_name}: {_sentence(delivery)}{again}"


def _sentence(delivery: Delivery) -> str:
    step, alert = delivery.transition, delivery.alert
    return told_again(
        component=alert.component,
        recovered=step.state == "recovered",
        level=step.level,
        threshold=step.threshold,
        value=step.current_value,
        above=alert.rule is None or alert.rule.comparison == "above",
        message=step.message,
    )
