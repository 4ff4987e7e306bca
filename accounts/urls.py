"""``/api/v1/auth/…``."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("session", views.SessionView.as_view(), name="session"),
    path("setup", views.SetupView.as_view(), name="setup"),
    path("token", views.TokenView.as_view(), name="token"),
]
