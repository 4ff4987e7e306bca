"""The admin: rules for people who do not program, silences, notices and channels; alerts and hosts to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from metrics.admin import alerts, channels, hosts, quiet, rules, tokens  # noqa: F401 - they register themselves

admin.site.site_header = "Presence"
admin.site.site_title = "Presence"
admin.site.index_title = _("Settings")
