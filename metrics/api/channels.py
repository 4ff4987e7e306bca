"""``/channels``: where notifications go. Administrators alone see and edit them; an address never comes out again."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Admin
from metrics.models import Channel
from metrics.notify.channels import Outcome, address_check, address_set
from metrics.notify.sender import send_test
from metrics.notify.text import trial_message

MAX_GROUP_SECONDS = 3_600
NAME_TAKEN = "There is a channel of this name already."


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    """A notification channel.

    ``address`` is written and never read; ``masked`` is what may be shown of it. ``last_sent_at`` is in ms.
    """

    address = serializers.CharField(
        write_only=True,
        required=False,
        max_length=2_000,
        help_text="Where to send, as docs/alerts.md lists. Required for a new channel; left out of an edit, it stays.",
    )
    group_seconds = serializers.IntegerField(min_value=0, max_value=MAX_GROUP_SECONDS, required=False)
    last_sent_at = serializers.SerializerMethodField()

    class Meta:
        model = Channel
        fields = (
            "id",
            "name",
            "address",
            "masked",
            "language",
            "min_level",
            "group_seconds",
            "enabled",
            "last_sent_at",
            "last_error",
        )
        read_only_fields = ("masked", "last_error")

    def get_last_sent_at(self, channel: Channel) -> int | None:
        """Return when something was last sent."""
        return None if channel.last_sent_at is None else int(channel.last_sent_at.timestamp() * 1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the address can be used, in a process of its own; the last of the checks, being the dearest."""
        self._outcome: Outcome | None = None
        if "address" in attrs:
            self._outcome = address_check(url=attrs["address"])
            if not self._outcome.ok:
                raise serializers.ValidationError({"address": self._outcome.error})
        elif self.instance is None:
            raise serializers.ValidationError({"address": "A channel needs an address."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Channel:
        """Store a channel with its address encrypted."""
        return self._stored(Channel(), validated_data)

    def update(self, instance: Channel, validated_data: dict[str, Any]) -> Channel:
        """Store what was edited."""
        return self._stored(instance, validated_data)

    def _stored(self, channel: Channel, values: dict[str, Any]) -> Channel:
        address = values.pop("address", None)
        changed = list(values)
        for name, value in values.items():
            setattr(channel, name, value)
        if address is not None and self._outcome is not None:
            address_set(channel=channel, url=address, masked=self._outcome.masked)
            changed += ["secret", "masked", "last_error"]
        try:
            with transaction.atomic():  # not all of a known one: a sender may be noting how a message went
                channel.save(update_fields=changed if channel.pk else None)
        except IntegrityError:  # somebody else took the name since it was checked
            raise serializers.ValidationError({"name": NAME_TAKEN}) from None
        return channel


class ChannelsView(generics.ListCreateAPIView[Channel]):
    """Where notifications go."""

    permission_classes = [Admin]
    serializer_class = ChannelSerializer
    queryset = Channel.objects.order_by()


class ChannelView(generics.RetrieveUpdateDestroyAPIView[Channel]):
    """One channel. Deleting it drops what still waits to be sent to it."""

    permission_classes = [Admin]
    serializer_class = ChannelSerializer
    queryset = Channel.objects.order_by()


class TestOutcome(serializers.Serializer[Any]):
    """How a test went; ``error`` is empty or says why it was not sent, without secrets."""

    __test__ = False
    ok = serializers.BooleanField()
    error = serializers.CharField()


class ChannelTestView(generics.GenericAPIView[Channel]):
    """A channel, tried out."""

    permission_classes = [Admin]
    serializer_class = TestOutcome
    queryset = Channel.objects.order_by()

    @extend_schema(request=None, responses=TestOutcome)
    def post(self, request: Request, pk: int) -> Response:
        """Send a test at once and say how it went; takes up to ``PRESENCE_NOTIFY_TIMEOUT`` seconds."""
        channel = self.get_object()
        outcome = send_test(channel=channel, message=trial_message(channel.language))
        return Response({"ok": outcome.ok, "error": outcome.error})
