"""What ``metrics`` offers to subscribe to."""

from __future__ import annotations

from metrics import alert_selectors, public, selectors
from metrics.messages import AlertUpdate, ConfigChanged, HealthAlert, StatsUpdate, StatusUpdate, SystemStatus
from realtime.topics import StrangersView, Topic, register


def register_topics() -> None:
    """Register status, health and config with ``realtime``."""
    register(
        Topic(
            name="status",
            delivery="latest",
            events={"status_update": StatusUpdate},
            entry=SystemStatus,
            entry_of=selectors.status_entry,
            recent=selectors.status_events,
            history=selectors.status_history,
            epoch=selectors.epoch,
            for_strangers=StrangersView(public.event_data, public.entry),
        )
    )
    register(
        Topic(
            name="stats",
            delivery="latest",
            events={"stats_update": StatsUpdate},
            entry=StatsUpdate,
            entry_of=bytes,
            local=selectors.stats_event,
            epoch=selectors.epoch,
        )
    )
    register(
        Topic(
            name="health",
            delivery="ordered",
            events={"health_alert": AlertUpdate, "health_recovery": AlertUpdate},
            entry=HealthAlert,
            entry_of=alert_selectors.alert_entry,
            recent=alert_selectors.health_recent,
            history=alert_selectors.health_history,
            after=alert_selectors.health_after,
            epoch=selectors.epoch,
        )
    )
    register(
        Topic(
            name="config",
            delivery="latest",
            events={"config_changed": ConfigChanged},
            entry=ConfigChanged,
            entry_of=bytes,
            epoch=selectors.epoch,
        )
    )
