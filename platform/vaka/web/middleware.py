"""Middleware: security headers, caching, logging and the time zone of each response."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.timezone import override

from vaka import logs
from vaka.web import post_only, service_worker_session
from vaka.web.request_origin import host_of

KEYS = frozenset({"key", "code"})  # parameters of paths and queries that hold a secret
NUL = "\0"
LARGEST_NUMBER = 2**63 - 1  # that a database stores
LONGEST_ADDRESS = 8192  # bytes; RFC 9110, section 4.1: at least 8,000. SQLite refuses to look for a text of 50,000


type Handler = Callable[[HttpRequest], Any]


def changes_response(change: Callable[[HttpRequest, HttpResponseBase], None]) -> Callable[[Handler], Handler]:
    """Make a middleware, for synchronous and asynchronous handlers, of a function that changes each response."""

    @sync_and_async_middleware
    @wraps(change)
    def middleware(get_response: Handler) -> Handler:
        if iscoroutinefunction(get_response):

            async def respond_async(request: HttpRequest) -> HttpResponseBase:
                response: HttpResponseBase = await get_response(request)
                change(request, response)
                return response

            return respond_async

        def respond(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = get_response(request)
            change(request, response)
            return response

        return respond

    return middleware


def surrounds_request(context: Callable[[HttpRequest], AbstractContextManager[None]]) -> Callable[[Handler], Handler]:
    """Make a middleware, for synchronous and asynchronous handlers, that handles each request inside a context."""

    @sync_and_async_middleware
    @wraps(context)
    def middleware(get_response: Handler) -> Handler:
        if iscoroutinefunction(get_response):

            async def respond_async(request: HttpRequest) -> Any:
                with context(request):
                    return await get_response(request)

            return respond_async

        def respond(request: HttpRequest) -> Any:
            with context(request):
                return get_response(request)

        return respond

    return middleware


@changes_response
def content_security_policy(request: HttpRequest, response: HttpResponseBase) -> None:
    """Allow the page to connect to the terminal gateway, which is another origin: it has a port of its own."""
    if not hasattr(response, "_csp_config"):  # a view may have set its own with Django's csp_override
        policy = {**settings.SECURE_CSP, "connect-src": [*settings.SECURE_CSP["connect-src"], *gateway(request)]}
        response._csp_config = policy  # type: ignore[attr-defined]  # csp_override sets it in the same way


@surrounds_request
def log_about(request: HttpRequest) -> AbstractContextManager[None]:
    """Add the lab session in the address to all log records of the request."""
    return logs.about(logs.in_path(request.path))


@surrounds_request
def refuse_nul(request: HttpRequest) -> AbstractContextManager[None]:
    """Answer 400 to a NUL in an address, a cookie or a form. No browser sends one, and PostgreSQL stores none in a text."""
    texts = chain([request.path], request.COOKIES.values(), *_texts(request.GET))
    with suppress(UnreadablePostError):  # the browser has gone; what comes later sees an empty form
        texts = chain(texts, *_texts(request.POST))
    if any(NUL in text for text in texts):
        raise BadRequest("The request has a NUL.")
    return nullcontext()


def _texts(sent: QueryDict) -> Iterator[Iterable[str]]:
    """Yield the names of the fields, and the values of each."""
    yield sent
    yield from (values for _name, values in sent.lists())


@surrounds_request
def refuse_long_addresses(request: HttpRequest) -> AbstractContextManager[None]:
    """Answer 400 to an address that no page of ours leads to, so that no parameter is longer than a query can take."""
    if len(request.get_full_path()) > LONGEST_ADDRESS:
        raise BadRequest("The address is too long.")
    return nullcontext()


class RefuseUnusualNumbers(MiddlewareMixin):
    """Answers 404 to a number in an address that no row can have, and to one that begins with a zero.

    The database would refuse the first (500). The second would be another address of the same page: ``/workshops/007/``.
    """

    def process_view(self, request: HttpRequest, view: Handler, args: Any, kwargs: Mapping[str, Any]) -> None:
        if any(isinstance(value, int) and value > LARGEST_NUMBER for value in kwargs.values()):
            raise Http404("The number in the address is too large.")
        if any(len(number) > 1 and number.startswith("0") for number in _numbers_in_path(request)):
            raise Http404("A number in the address begins with a zero.")


def _numbers_in_path(request: HttpRequest) -> Iterator[str]:
    """Yield the numbers that the view gets, as they are written in the address. Each is a whole part of it."""
    route = request.resolver_match.route if request.resolver_match else ""
    written = request.path_info.removeprefix("/").split("/")
    # The last part of a route may stand for several of the path (<path:…>)
    yield from (text for part, text in zip(route.split("/"), written, strict=False) if part.startswith("<int:"))


@surrounds_request
def time_zone(request: HttpRequest) -> AbstractContextManager[None]:
    """Restore the default time zone after each request; ``vaka.web.context_processors`` activates the reader's."""
    return override(None)


@sync_and_async_middleware
def lead_to_page(get_response: Handler) -> Handler:
    """Answer a GET of an address that only takes forms by leading to the page of the form. Programs still get 405."""

    def led(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not is_page or "X-Vaka" in request.headers:
            return response
        return redirect(post_only.page_of(request))

    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> HttpResponseBase:
            return led(request, await get_response(request))

        return respond_async

    def respond(request: HttpRequest) -> HttpResponseBase:
        return led(request, get_response(request))

    return respond


@changes_response
def privacy(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forbid browsers and proxies to store personal pages, so that the back button shows nothing after a sign-out.

    Pages with a secret in their address are not stored either, and that address is not sent as a Referer. A response that a
    view has declared public stays public.
    """
    has_secret = has_key(request)
    if has_secret:
        # With no-referrer, the Origin of forms would be "null"
        response.headers["Referrer-Policy"] = "strict-origin"
    private = has_secret or request.method not in ("GET", "HEAD") or is_personal(request, response)
    if private and "public" not in response.get("Cache-Control", ""):
        patch_cache_control(response, private=True, no_store=True)


@changes_response
def compress_pages(request: HttpRequest, response: HttpResponseBase) -> None:
    """Compress HTML for browsers that take it: on a thin link a page is most of the wait. Streams of events are not delayed.

    Django adds random bytes and masks its CSRF tokens against BREACH.
    """
    if isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html"):
        GZipMiddleware(lambda _: response).process_response(request, response)


@changes_response
def name_reader(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell the service worker whose page this is. If it keeps pages of another session, it deletes them."""
    if response.get("Content-Type", "").startswith("text/html") and service_worker_session.is_known(request):
        response.headers[service_worker_session.HEADER] = service_worker_session.reader_of(request)


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
