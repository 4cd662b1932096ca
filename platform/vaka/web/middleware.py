"""What each answer needs from its request."""

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

KEYS = frozenset({"key", "code"})  # names of what opens something, in addresses and in queries


@sync_and_async_middleware
def content_security_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Allow the page to reach the terminals' gateway, which is another origin: the same host, a port of its own."""

    def decide(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not hasattr(response, "_csp_config"):  # a view may have decided already, by Django's csp_override
            policy = {**settings.SECURE_CSP, "connect-src": [*settings.SECURE_CSP["connect-src"], *gateway(request)]}
            response._csp_config = policy  # type: ignore[attr-defined]  # as csp_override does
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
    """What is logged while a page of a lab session is made is about that session."""
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
    """Let a page choose the time zone of its reader (vaka.web.context_processors does), and no other page have it."""
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
    """Let no browser or proxy keep what was shown to somebody, so that the back button shows nothing after they have left.

    Nor what has a key in its address; such an address goes into no Referer, either. What a view calls public stays public.
    """

    def decide(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        keyed = has_key(request)
        if keyed:
            response.headers["Referrer-Policy"] = "strict-origin"  # with less, browsers would send forms from nowhere
        private = keyed or request.method not in ("GET", "HEAD") or is_somebody_s(request, response)
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


def is_somebody_s(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the browser has a session, or gets one now; whose it is nobody asks."""
    name = settings.SESSION_COOKIE_NAME
    return name in request.COOKIES or name in response.cookies


def has_key(request: HttpRequest) -> bool:
    """Whether the address opens something by itself: an invitation, a workshop, a new password."""
    named = request.resolver_match.kwargs if request.resolver_match else {}
    whole = request.get_full_path()
    return not KEYS.isdisjoint(named) or not KEYS.isdisjoint(request.GET) or logs.without_secrets(whole) != whole


def gateway(request: HttpRequest) -> list[str]:
    """Return the sources where the terminals of this page may be."""
    if settings.GATEWAY_URL:
        return [settings.GATEWAY_URL]
    try:
        host = host_of(request)
    except DisallowedHost:
        return []
    if host.startswith("["):  # a policy cannot name an IPv6 address; the scheme is the nearest that works
        return ["ws:", "wss:"]
    return [f"ws://{host}:{settings.GATEWAY_PORT}", f"wss://{host}:{settings.GATEWAY_PORT}"]
