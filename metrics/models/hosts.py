"""Hosts and what was read of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

PRESENCE_SERVICE = "Presence"
"""The host that stands for the installation as a whole: its connections, its queries, its notices."""


class Host(models.Model):
    """A machine that is watched, or a service that runs on several."""

    class Kind(models.TextChoices):
        """A machine is sampled and can be offline; a service only has figures."""

        MACHINE = "machine", _("machine")
        SERVICE = "service", _("service")

    name = models.CharField(_("name"), max_length=253, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MACHINE)
    version = models.CharField(_("version"), max_length=40, blank=True)
    last_seen = models.BigIntegerField(_("last seen"), default=0, help_text=_("Time of the newest snapshot, ms."))

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """One reading of one host. Percentages 0-100, throughputs bytes per second, sizes bytes."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="snapshots")
    timestamp = models.BigIntegerField()
    cpu_usage = models.FloatField()
    memory_usage = models.FloatField()
    disk_usage = models.FloatField()
    active_connections = models.IntegerField()
    uptime = models.BigIntegerField()
    load1 = models.FloatField(null=True)
    load5 = models.FloatField(null=True)
    load15 = models.FloatField(null=True)
    swap_usage = models.FloatField(null=True)
    memory_total = models.BigIntegerField(null=True)
    disk_total = models.BigIntegerField(null=True)
    network_received = models.FloatField(null=True)
    network_sent = models.FloatField(null=True)
    disk_read = models.FloatField(null=True)
    disk_written = models.FloatField(null=True)
    temperature = models.FloatField(null=True)
    process_memory = models.BigIntegerField(null=True)
    web_socket_connections = models.IntegerField(null=True)
    cpu_per_core = models.JSONField(null=True)

    class Meta:
        # Unique, so that a snapshot that is handed in twice is stored once; also the index of every range query.
        constraints = [models.UniqueConstraint(fields=["host", "timestamp"], name="snapshot_once")]


class ProcessSample(models.Model):
    """The busiest processes of a host at one moment: a list of ``{pid, name, cpu, memory}``."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="process_samples")
    timestamp = models.BigIntegerField()
    processes = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "timestamp"], name="process_sample_once")]
