"""Marks browsers in which somebody has signed in."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

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
