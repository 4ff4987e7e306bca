"""What stays of the readings once they are old: buckets of several widths, and how far they were built."""

from __future__ import annotations

from django.db import models

from metrics.models.hosts import Host

BUCKET_COLUMNS = (
    "cpu_usage",
    "memory_usage",
    "disk_usage",
    "active_connections",
    "load1",
    "swap_usage",
    "network_received",
    "network_sent",
    "disk_read",
    "disk_written",
    "temperature",
    "process_memory",
    "web_socket_connections",
)
"""The columns of a snapshot that buckets summarise."""


class Bucket(models.Model):
    """The readings of one host within ``step`` seconds from ``start`` (ms, a multiple of the step).

    For each of ``BUCKET_COLUMNS`` it has ``_count``, ``_min``, ``_sum`` and ``_max``: buckets of any width add up to
    the exact buckets of a greater one. ``count`` is the number of readings.
    """

    host = models.ForeignKey(Host, models.CASCADE, related_name="buckets", db_index=False)
    step = models.PositiveSmallIntegerField()
    start = models.BigIntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "step", "start"], name="one_bucket")]


for _column in BUCKET_COLUMNS:
    Bucket.add_to_class(f"{_column}_count", models.IntegerField(default=0))
    for _word in ("min", "sum", "max"):
        Bucket.add_to_class(f"{_column}_{_word}", models.FloatField(null=True))


class Rollup(models.Model):
    """How far the buckets of one host are built, and up to where its readings were deleted. Times in ms.

    Every reading before ``pruned_until`` that is still a row came too late to be in a bucket.
    """

    host = models.OneToOneField(Host, models.CASCADE, related_name="rollup", primary_key=True)
    rolled_until = models.BigIntegerField(default=0)
    rolled_at = models.BigIntegerField(default=0)
    pruned_until = models.BigIntegerField(default=0)


class LateHour(models.Model):
    """An hour into which readings came late: its buckets are built anew. Written with the readings, so none is lost."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="late_hours", db_index=False)
    hour = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "hour"], name="one_late_hour")]
