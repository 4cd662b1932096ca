"""Marks browsers in which somebody has signed in, and bounds what is kept of requests."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from vaka.accounts import password_guesses


@sync_and_async_middleware
def mark_browser(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Give a browser in which somebody signs in the cookie by which ``vaka.accounts.password_guesses`` knows it."""
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> Any:
            response = await get_response(request)
            password_guesses.set_browser_cookie(request, response)
            return response

        return respond_async

    def respond(request: HttpRequest) -> Any:
        response = get_response(request)
        password_guesses.set_browser_cookie(request, response)
        return response

    return respond


class SuspendedRequests(MiddlewareMixin):
    """Stands inside allauth's middleware, which keeps a request in the session until its sender has confirmed who they are.

    A visitor cannot confirm that, so nothing of theirs is kept: they sign in. Cookies are secrets and are never kept.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReauthenticationRequired):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.META.pop("HTTP_COOKIE", None)  # allauth keeps META. The cookies of this request have been read
        return None
