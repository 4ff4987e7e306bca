"""Notification channels in the admin: an address goes in and never comes out again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.admin.alerts import sentence_of
from metrics.admin.base import ReadOnlyAdmin, moment
from metrics.models import Channel, Delivery
from metrics.notify.channels import Outcome, address_check, address_set
from metrics.notify.sender import send_test
from metrics.notify.text import trial_message

MOST_TESTED = 5


class ChannelForm(forms.ModelForm[Channel]):
    """The form of a channel. The address is checked, encrypted, and shown masked from then on."""

    address = forms.CharField(
        label=_("address"),
        required=False,
        max_length=2_000,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"class": "vLargeTextField", "autocomplete": "off"}),
    )

    class Meta:
        model = Channel
        fields = ("name", "address", "language", "min_level", "group_seconds", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._outcome: Outcome | None = None
        self.fields["group_seconds"].validators.append(MaxValueValidator(3_600))
        examples = _(
            "Mail: mailtos://user:password@smtp.example.com?to=ops@example.com. Webhook: jsons://example.com/hook. "
            "DingTalk: dingtalk://secret@token. WeCom: wecombot://key. Feishu: feishu://token. "
            "Slack, Telegram, ntfy and others: see docs/alerts.md."
        )
        now = gettext("Now: %(masked)s. Leave it empty to keep it.") % {"masked": self.instance.masked}
        self.fields["address"].help_text = f"{now} {examples}" if self.instance.masked else examples

    def clean_address(self) -> str:
        """Check that the address can be used, in a process of its own."""
        url: str = self.cleaned_data["address"]
        if not url:
            if not self.instance.secret:
                raise forms.ValidationError(gettext("A channel needs an address."))
            return ""
        self._outcome = address_check(url=url)
        if not self._outcome.ok:
            raise forms.ValidationError(self._outcome.error)
        return url

    def save(self, commit: bool = True) -> Channel:
        """Encrypt a new address."""
        if self._outcome is not None:
            address_set(channel=self.instance, url=self.cleaned_data["address"], masked=self._outcome.masked)
        return super().save(commit)


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin[Channel]):
    """Notification channels."""

    form = ChannelForm
    list_display = ("name", "masked", "language", "min_level", "enabled", "last_sent_at", "last_error")
    list_filter = ("enabled", "language", "min_level")
    actions = ("test_selected",)

    @admin.action(description=_("Send a test"), permissions=["change"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        """Send a test at once and say how it went."""
        for channel in queryset[:MOST_TESTED]:
            outcome = send_test(channel=channel, message=trial_message(channel.language))
            if outcome.ok:
                text = gettext("%(name)s: the test was sent.") % {"name": channel.name}
                self.message_user(request, text, messages.SUCCESS)
            else:
                text = gettext("%(name)s: %(error)s") % {"name": channel.name, "error": outcome.error}
                self.message_user(request, text, messages.ERROR)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, admin.ModelAdmin[Delivery]):
    """What was sent and what waits."""

    list_display = ("what", "host", "channel", "state", "attempts", "planned", "due", "error")
    list_filter = ("state", "channel")
    list_select_related = ("alert__rule", "transition", "channel")
    fields = ("what", "alert", "channel", "state", "repeat", "attempts", "planned", "due", "error")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("message"))
    def what(self, delivery: Delivery) -> str:
        """Return what is told."""
        step = delivery.transition
        return sentence_of(step, delivery.alert, recovered=step.state == "recovered")

    @admin.display(description=_("host"), ordering="alert__host_name")
    def host(self, delivery: Delivery) -> str:
        """Return the host that it is about."""
        return delivery.alert.host_name

    @admin.display(description=_("made"), ordering="created_at")
    def planned(self, delivery: Delivery) -> str:
        """Return when it was written down."""
        return moment(delivery.created_at)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, delivery: Delivery) -> str:
        """Return when it is or was to go out."""
        return moment(delivery.due_at)
