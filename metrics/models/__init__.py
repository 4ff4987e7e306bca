"""Hosts, their snapshots, the rules they are judged by and the alerts that came of it.

Times are integer milliseconds since the Unix epoch: buckets are then plain arithmetic in every database.
"""

from metrics.models.alerts import Alert, AlertTransition, Epoch, _new_epoch
from metrics.models.history import Bucket, LateHour, Rollup
from metrics.models.hosts import Host, ProcessSample, Snapshot
from metrics.models.rules import Comparison, Component, Level, Rule, RuleState
from metrics.models.statistics import RequestBucket

__all__ = [
    "Alert",
    "AlertTransition",
    "Bucket",
    "Comparison",
    "Component",
    "Epoch",
    "Host",
    "LateHour",
    "Level",
    "ProcessSample",
    "RequestBucket",
    "Rollup",
    "Rule",
    "RuleState",
    "Snapshot",
    "_new_epoch",  # a migration names it
]
