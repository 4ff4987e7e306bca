"""The pages. The browser side routes within them."""

from django.urls import path

from dashboard import views

urlpatterns = [
    path("", views.page, name="dashboard"),
    path("setup", views.page, name="setup-page"),
    path("favicon.ico", views.favicon, name="favicon"),
]
