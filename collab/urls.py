"""The sessions' part of the HTTP API."""

from django.urls import path

from collab import record_views, views

ONE = "sessions/<uuid:session_id>"

urlpatterns = [
    path("sessions", views.SessionsView.as_view(), name="sessions"),
    path("sessions/join", views.JoinView.as_view(), name="session-join"),
    path(ONE, views.SessionView.as_view(), name="session"),
    path(f"{ONE}/members", views.MembersView.as_view(), name="session-members"),
    path(f"{ONE}/members/<int:user_id>", views.MemberView.as_view(), name="session-member"),
    path(f"{ONE}/invites", views.InvitesView.as_view(), name="session-invites"),
    path(f"{ONE}/invites/<int:invite_id>", views.InviteView.as_view(), name="session-invite"),
    path(f"{ONE}/messages", record_views.MessagesView.as_view(), name="session-messages"),
    path(f"{ONE}/timeline", record_views.TimelineView.as_view(), name="session-timeline"),
    path(f"{ONE}/runs", record_views.RunsView.as_view(), name="session-runs"),
    path(f"{ONE}/document", record_views.DocumentView.as_view(), name="session-document"),
    path(f"{ONE}/export", record_views.ExportView.as_view(), name="session-export"),
]
