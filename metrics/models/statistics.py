"""Stored request statistics."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RequestBucket(models.Model):
    """What happened within ``step`` seconds from ``start`` (ms). ``sum`` in ms; ``sketch`` is a stored ``Sketch``.

    ``source`` is the name of a host of kind "service", empty for Presence itself; ``kind`` is http, query or broadcast.
    Ten-second rows belong to one ``process`` and are replaced by it as a whole, so handing one in twice changes
    nothing; wider rows are merged over processes. ``rolled`` says whether the next wider row has it in.
    """

    source = models.CharField(max_length=253, blank=True)
    kind = models.CharField(max_length=16)
    process = models.CharField(max_length=64, blank=True)
    step = models.PositiveSmallIntegerField()
    start = models.BigIntegerField()
    total = models.BigIntegerField()
    error = models.BigIntegerField()
    sum = models.FloatField()
    sketch = models.BinaryField()
    rolled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "step", "start", "process"], name="one_request_bucket")
        ]
        indexes = [
            models.Index(
                fields=["step", "source", "kind", "start"], condition=Q(rolled=False), name="request_bucket_waiting"
            )
        ]
