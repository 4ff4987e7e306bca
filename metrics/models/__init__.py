"""Hosts, their snapshots, the rules they are judged by and the alerts that came of it.

Times are integer milliseconds since the Unix epoch: buckets are then plain arithmetic in every database.
"""

from metrics.models.alerts import Alert, AlertTransition, Epoch, _new_epoch
from metrics.models.hosts import Host, ProcessSample, Snapshot
from metrics.models.rules import Comparison, Component, Level, Rule, RuleState

__all__ = [
    "Alert",
    "AlertTransition",
    "Comparison",
    "Component",
    "Epoch",
    "Host",
    "Level",
    "ProcessSample",
    "Rule",
    "RuleState",
    "Snapshot",
    "_new_epoch",  # a migration names it
]
