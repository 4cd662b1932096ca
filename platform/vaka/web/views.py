"""Error pages, and the page that a browser shows while the server does not answer. They say what happened and what to do."""

import hashlib
import json
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from vaka.web import post_only

STYLES = ("web/tokens.css", "web/vaka.css")
SCRIPT = "web/offline.js"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why the form was not taken, as far as Django's check says it, and lead back to the page that it is on."""
    context = {
        "has_no_cookie": reason == REASON_NO_CSRF_COOKIE,
        "is_of_before": reason.startswith("CSRF token") and reason.endswith("incorrect."),
        "page_of_form": _page_that_sent(request),
    }
    return render(request, "403_csrf.html", context, status=HTTPStatus.FORBIDDEN)


def _page_that_sent(request: HttpRequest) -> str:
    """Return the page of this site that sent a form. Without one, the form's own address: it leads to its page (post_only)."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, request.get_host(), require_https=request.is_secure())
    return page if is_ours else request.path


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """After a form, say that what it is about is gone: it was sent twice, or somebody else was first."""
    page = post_only.page_of(request) if request.method == "POST" else ""
    return render(request, "404.html", {"page_of_form": page}, status=HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render without a request, so that no context processor, session or database can fail again."""
    page = render_to_string("500.html", {"styles": styles(), "now": timezone.now()})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)


def styles() -> list[str]:
    """Return the addresses of the style sheets; empty before the static files are collected."""
    return _addresses(*STYLES)


def offline_files() -> list[str]:
    """Return the addresses of all files of the offline page, and of the pages that are kept for reading without a connection."""
    return _addresses(*settings.OFFLINE_FILES)


def _addresses(*paths: str) -> list[str]:
    try:
        return [static(path) for path in paths]
    except ValueError:  # collectstatic has not run: perhaps that is the error to report
        return []


@require_safe
@cache_control(no_cache=True, public=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Return the page that the service worker keeps and shows while the server does not answer. It holds nothing personal."""
    return HttpResponse(_offline_page())


def _offline_page() -> str:
    return render_to_string("web/offline.html", {"styles": styles(), "script": next(iter(_addresses(SCRIPT)), "")})


@require_safe
@cache_control(no_cache=True, public=True)
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. It is served at the root, to control all pages; its text changes when a kept file does."""
    page = _offline_page()
    files = offline_files()
    version = f"offline-{hashlib.sha256(json.dumps([page, files]).encode()).hexdigest()[:12]}"
    context = {"version": version, "page": reverse("web:offline"), "files": json.dumps(files)}
    return HttpResponse(
        render_to_string("web/service-worker.js", context), content_type="text/javascript; charset=utf-8"
    )
