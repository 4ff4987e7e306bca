"""``/api/v1/auth/…``."""

from django.urls import path

from accounts import account_views, views

urlpatterns = [
    path("session", views.SessionView.as_view(), name="session"),
    path("setup", views.SetupView.as_view(), name="setup"),
    path("tokens", account_views.TokensView.as_view(), name="tokens"),
    path("tokens/<int:pk>", account_views.TokenDetailView.as_view(), name="token-detail"),
    path("sessions", account_views.SessionsView.as_view(), name="sessions"),
    path("sessions/<int:pk>", account_views.SessionDetailView.as_view(), name="session-detail"),
    path("password", account_views.PasswordView.as_view(), name="password"),
    path("preferences", account_views.PreferencesView.as_view(), name="preferences"),
    path("token", views.TokenView.as_view(), name="token"),
]
