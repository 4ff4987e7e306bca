"""The metrics part of the HTTP API, under ``/api/v1/`` and under the requirement's short paths."""

from django.urls import path

from metrics import views
from metrics.api import alerts, channels, history, hosts, ingest, public, rules, silences

short = [
    path("status", hosts.StatusView.as_view(), name="status"),
    path("history", history.HistoryView.as_view(), name="history"),
    path("stats", views.StatsView.as_view(), name="stats"),
    path("system/health", views.HealthView.as_view(), name="system-health"),
]
urlpatterns = [
    *short,
    path("hosts", hosts.HostsView.as_view(), name="hosts"),
    path("hosts/<path:name>", hosts.HostView.as_view(), name="host"),
    path("history/readings", history.ReadingsView.as_view(), name="history-readings"),
    path("history/export", history.ExportView.as_view(), name="history-export"),
    path("processes", history.ProcessesView.as_view(), name="processes"),
    path("ingest/status", ingest.IngestStatusView.as_view(), name="ingest-status"),
    path("ingest/requests", ingest.IngestRequestsView.as_view(), name="ingest-requests"),
    path("alerts", alerts.AlertsView.as_view(), name="alerts"),
    path("public/hosts", public.PublicHostsView.as_view(), name="public-hosts"),
    path("public/history", public.PublicHistoryView.as_view(), name="public-history"),
    path("public/alerts", public.PublicAlertsView.as_view(), name="public-alerts"),
    path("alerts/<int:pk>", alerts.AlertView.as_view(), name="alert"),
    path("alerts/<int:pk>/acknowledge", alerts.AcknowledgeView.as_view(), name="alert-acknowledge"),
    path("rules", rules.RulesView.as_view(), name="rules"),
    path("rules/<int:pk>", rules.RuleView.as_view(), name="rule"),
    path("rules/<int:pk>/test", rules.RuleTestView.as_view(), name="rule-test"),
    path("silences", silences.SilencesView.as_view(), name="silences"),
    path("silences/<int:pk>", silences.SilenceView.as_view(), name="silence"),
    path("channels", channels.ChannelsView.as_view(), name="channels"),
    path("channels/<int:pk>", channels.ChannelView.as_view(), name="channel"),
    path("channels/<int:pk>/test", channels.ChannelTestView.as_view(), name="channel-test"),
    path("maintenance", silences.MaintenancesView.as_view(), name="maintenances"),
    path("maintenance/<int:pk>", silences.MaintenanceView.as_view(), name="maintenance"),
]
