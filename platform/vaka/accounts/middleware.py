"""Marks browsers in which somebody has signed in, and bounds what is kept for visitors and of requests."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin

from vaka.accounts import password_guesses
from vaka.web import guess_delay
from vaka.web.views import too_many

HOUR = 3600  # seconds
# Sessions that visitors may begin in an hour from one IPv4 address or IPv6 /64, from a /56 and from a /48: a room of 40 people who
# sign in with passkeys, two such rooms, and ten. One /48 cannot drive out what all others have begun
NEW_SESSIONS = (600, 1200, 6000)


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


class VisitorSessions(SessionMiddleware):
    """Django's middleware for sessions. It refuses a new session to a visitor whose network has begun too many in an hour."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        is_new = session.modified and not session.session_key and not session.is_empty()
        if is_new and SESSION_KEY not in session and not _count_new_session(request):
            return too_many(request)
        return super().process_response(request, response)


def _count_new_session(request: HttpRequest) -> bool:
    """Count a new session of a visitor. Return False if there are too many."""
    keys = [f"sessions:{network}" for network in password_guesses.buckets_of(request)]
    if any(guess_delay.count(key, HOUR) >= most for key, most in zip(keys, NEW_SESSIONS, strict=False)):
        return False
    for key in keys:
        guess_delay.count(key, HOUR, add=1)
    return True


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
