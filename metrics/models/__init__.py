"""Hosts, their snapshots, the rules they are judged by and the alerts that came of it.

Times are integer milliseconds since the Unix epoch: buckets are then plain arithmetic in every database.
"""

from metrics.models.alerts import Alert, AlertTransition, Epoch, _new_epoch
from metrics.models.history import Bucket, LateHour, Rollup
from metrics.models.hosts import PRESENCE_SERVICE, Host, ProcessSample, Snapshot
from metrics.models.notices import Channel, Delivery
from metrics.models.quiet import Maintenance, Silence
from metrics.models.rules import Comparison, Component, Level, NoData, Revision, Rule, RuleState
from metrics.models.statistics import RequestBucket
from metrics.models.tokens import HostToken

__all__ = [
    "PRESENCE_SERVICE",
    "Alert",
    "AlertTransition",
    "Bucket",
    "Channel",
    "Comparison",
    "Component",
    "Delivery",
    "Epoch",
    "Host",
    "HostToken",
    "LateHour",
    "Level",
    "Maintenance",
    "NoData",
    "ProcessSample",
    "RequestBucket",
    "Revision",
    "Rollup",
    "Rule",
    "RuleState",
    "Silence",
    "Snapshot",
    "_new_epoch",  # a migration names it
]
