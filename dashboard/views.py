"""The one page: a shell that the browser side fills."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import ensure_csrf_cookie
from django_vite.core.asset_loader import DjangoViteAssetLoader

from accounts import sign_ins
from accounts.services import setup_needed
from accounts.views import user_data
from presence_site import VERSION
from presence_site.middleware import content_security_policy


@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest, **argument: str) -> HttpResponse:
    """Return the page with what it needs before its first request: who is signed in, and whether anybody can be."""
    sign_ins.seen(request)
    user = user_data(request.user)
    boot = {
        "user": user,
        "setup": user is None and setup_needed(),
        "version": VERSION,
        "host": settings.PRESENCE_HOST_NAME,
        "interval": int(settings.PRESENCE_INTERVAL * 1000),
        "adminUrl": "/admin/",
        "roles": user["roles"] if user else [],
        "preferences": user["preferences"] if user else None,
        "public": settings.PRESENCE_PUBLIC,
    }
    return render(request, "dashboard/page.html", {"boot": boot, "language": get_language()})


@never_cache
def public_page(request: HttpRequest) -> HttpResponse:
    """Return the page for strangers: it sets no cookie and says nothing of who may be signed in."""
    return _strangers_page(request, shown=settings.PRESENCE_PUBLIC)


@never_cache
@xframe_options_exempt
def embed_page(request: HttpRequest, host: str) -> HttpResponse:
    """Return the card of one machine, which pages of ``PRESENCE_EMBED_ORIGINS`` may frame."""
    origins = settings.PRESENCE_EMBED_ORIGINS
    response = _strangers_page(request, shown=settings.PRESENCE_PUBLIC and bool(origins))
    response.headers["Content-Security-Policy"] = content_security_policy(framed_by=origins)
    return response


def _strangers_page(request: HttpRequest, *, shown: bool) -> HttpResponse:
    boot = {
        "user": None,
        "setup": False,
        "version": "",
        "host": "",
        "interval": int(settings.PRESENCE_INTERVAL * 1000),
        "public": shown,
    }
    context = {"boot": boot, "language": get_language()}
    return render(request, "dashboard/page.html", context, status=200 if shown else 404)


@cache_control(max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead to the icon: the admin's pages do not name one, and browsers then ask here."""
    return redirect(DjangoViteAssetLoader.instance().generate_vite_asset_url("src/favicon.svg"))
