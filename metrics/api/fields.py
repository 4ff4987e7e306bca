"""Fields that the serializers of rules, silences and notices share: strict, and never a 5xx for what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import Error, transaction
from django.http import JsonResponse
from rest_framework import serializers

from metrics.models import Host
from metrics.models.rules import finite
from presence_site.api import error_body

MAX_MS = 4_102_444_800_000
"""Start of the year 2100: time zones can still do arithmetic with it."""


class AtomicEdits:
    """A view whose edits are one transaction with all that follows from them; a failure leaves nothing by halves."""

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        """Answer within a transaction; what the error handler turns into a 4xx is rolled back.

        The transaction begins outside of REST framework's own error handling: an outage is answered here as there.
        """
        try:
            with transaction.atomic():
                return super().dispatch(*args, **kwargs)  # type: ignore[misc]
        except Error:
            return JsonResponse(error_body("UNAVAILABLE", "The database does not answer at the moment."), status=503)


class HostField(serializers.SlugRelatedField[Host]):
    """A host by its name; null is every host."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            slug_field="name", queryset=Host.objects.all(), allow_null=True, required=False, default=None, **options
        )

    def to_internal_value(self, data: Any) -> Host:
        """Return the host; anything but the name of one is refused."""
        if not isinstance(data, str) or "\x00" in data:
            raise serializers.ValidationError("Must be the name of a host, or null for every host.")
        return super().to_internal_value(data)


class ThresholdField(serializers.FloatField):
    """A finite number or null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, required=False, validators=[finite], **options)

    def to_internal_value(self, data: Any) -> float:
        """Return the number; a whole number beyond all floats is none."""
        try:
            return super().to_internal_value(data)
        except OverflowError:
            raise serializers.ValidationError("Must be a finite number.") from None


class MomentField(serializers.IntegerField):
    """A moment: ms since the epoch on the wire, a date in the database."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_MS, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the date; checked as a number first."""
        value = super().run_validation(data)
        return datetime.fromtimestamp(value / 1000, tz=UTC) if isinstance(value, int) else value

    def to_representation(self, value: Any) -> int:
        """Return the ms."""
        return int(value.timestamp() * 1000) if isinstance(value, datetime) else int(value)


def checked(model: Any, attrs: Mapping[str, Any], instance: Any) -> None:
    """Let a model's own ``clean`` judge what an edit would make of it.

    Raises:
        serializers.ValidationError: by field, as the model says it.
    """
    names = [field.attname for field in model._meta.concrete_fields]
    draft = model(**{name: getattr(instance, name) for name in names}) if instance is not None else model()
    for name, value in attrs.items():
        setattr(draft, name, value)
    try:
        draft.clean()
    except ModelError as error:
        raise serializers.ValidationError(serializers.as_serializer_error(error)) from None
