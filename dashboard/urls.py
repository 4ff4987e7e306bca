"""The pages. One view answers for all of them: the browser side routes within."""

from django.urls import path

from dashboard import views

PAGES = (
    "",
    "setup",
    "explore",
    "alerts",
    "console",
    "sessions",
    "join",
    "settings",
)
"""Addresses of the browser side without an argument; ``src/app/router.ts`` has the same."""

urlpatterns = [
    *(path(page, views.page, name=f"{page or 'overview'}-page") for page in PAGES),
    path("hosts/<path:host>", views.page, name="host-page"),
    path("sessions/<str:session>", views.page, name="session-page"),
    path("public", views.public_page, name="public-page"),
    path("embed/<path:host>", views.embed_page, name="embed-page"),
    path("favicon.ico", views.favicon, name="favicon"),
]
