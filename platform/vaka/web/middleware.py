"""Middleware: security headers, caching, logging and the time zone of each response."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.decorators import sync_and_async_middleware
from django.utils.timezone import override

from vaka import logs
from vaka.web.http import host_of

KEYS = frozenset({"key", "code"})  # parameters of paths and queries that hold a secret


@sync_and_async_middleware
def content_security_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Allow the page to connect to the terminal gateway, which is another origin: it has a port of its own."""

    def decide(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not hasattr(response, "_csp_config"):  # a view may have set its own with Django's csp_override
            policy = {**settings.SECURE_CSP, "connect-src": [*settings.SECURE_CSP["connect-src"], *gateway(request)]}
            response._csp_config = policy  # type: ignore[attr-defined]  # csp_override sets it in the same way
        return response

    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return decide(request, await get_response(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return decide(request, get_response(request))

    return now


@sync_and_async_middleware
def log_about(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Add the lab session in the address to all log records of the request."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            with logs.about(logs.in_path(request.path)):
                return await get_response(request)

        return later

    def now(request: HttpRequest) -> Any:
        with logs.about(logs.in_path(request.path)):
            return get_response(request)

    return now


@sync_and_async_middleware
def time_zone(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Restore the default time zone after each request; ``vaka.web.context_processors`` activates the reader's."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            with override(None):
                return await get_response(request)

        return later

    def now(request: HttpRequest) -> Any:
        with override(None):
            return get_response(request)

    return now


@sync_and_async_middleware
def privacy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Forbid browsers and proxies to store personal pages, so that the back button shows nothing after a sign-out.

    Pages with a secret in their address are not stored either, and that address is not sent as a Referer. A response that a
    view has declared public stays public.
    """

    def decide(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        has_secret = has_key(request)
        if has_secret:
            response.headers["Referrer-Policy"] = (
                "strict-origin"  # with no-referrer, the Origin of forms would be "null"
            )
        private = has_secret or request.method not in ("GET", "HEAD") or is_personal(request, response)
        if private and "public" not in response.get("Cache-Control", ""):
            patch_cache_control(response, private=True, no_store=True)
        return response

    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return decide(request, await get_response(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return decide(request, get_response(request))

    return now


def is_personal(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the browser has a session, or gets one now. The database is not asked whose it is."""
    name = settings.SESSION_COOKIE_NAME
    return name in request.COOKIES or name in response.cookies


def has_key(request: HttpRequest) -> bool:
    """Whether the address contains a secret: that of an invitation, a workshop or a password link."""
    named = request.resolver_match.kwargs if request.resolver_match else {}
    whole = request.get_full_path()
    return not KEYS.isdisjoint(named) or not KEYS.isdisjoint(request.GET) or logs.without_secrets(whole) != whole


def gateway(request: HttpRequest) -> list[str]:
    """Return the CSP sources of the terminal gateway."""
    if settings.GATEWAY_URL:
        return [settings.GATEWAY_URL]
    try:
        host = host_of(request)
    except DisallowedHost:
        return []
    if host.startswith("["):  # CSP cannot name an IPv6 address, so only the scheme is restricted
        return ["ws:", "wss:"]
    return [f"ws://{host}:{settings.GATEWAY_PORT}", f"wss://{host}:{settings.GATEWAY_PORT}"]
