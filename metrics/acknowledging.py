"""Writes: somebody has seen an alert and takes care of it."""

from __future__ import annotations

from django.contrib.auth.models import User

from metrics.models import Alert
from metrics.signals import config_changed


class AlertEnded(Exception):
    """There is nothing to acknowledge any more."""


def alert_acknowledge(*, alert: Alert, user: User, comment: str, now: int) -> None:
    """Note who takes care of an alert: it reminds nobody from then on. A second one replaces the first. ``now`` in ms.

    Raises:
        AlertEnded: when it has recovered.
    """
    fields = {"acknowledged_by": user, "acknowledged_at": now, "acknowledge_comment": comment}
    if not Alert.objects.filter(pk=alert.pk, ended_at=None).update(**fields):
        raise AlertEnded
    config_changed(what="alert", key=alert.pk)


def alert_unacknowledge(*, alert: Alert) -> None:
    """Take an acknowledgement back."""
    Alert.objects.filter(pk=alert.pk).update(acknowledged_by=None, acknowledged_at=None, acknowledge_comment="")
    config_changed(what="alert", key=alert.pk)
