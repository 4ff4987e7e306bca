"""The realtime part of the HTTP API, under ``/api/v1/``; ``/ws/stats`` also stands alone."""

from django.urls import path

from realtime import views

short = [path("ws/stats", views.SocketStatsView.as_view(), name="socket-stats")]
urlpatterns = [*short, path("ws/schema", views.WireSchemaView.as_view(), name="wire-schema")]
