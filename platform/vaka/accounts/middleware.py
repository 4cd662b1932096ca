"""Delays the response to password guesses, and marks browsers in which somebody has signed in."""

import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from vaka.accounts import password_guesses
from vaka.web import guess_delay


@sync_and_async_middleware
def delay_guesses(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Delay the response by the time that ``vaka.accounts.password_guesses`` has set for the request.

    It is the outermost middleware, so that a delayed request holds no database connection.
    """
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> Any:
            waiting = password_guesses.waiting_of(request)
            with waiting.held():
                response = await get_response(request)
                password_guesses.set_browser_cookie(request, response)
                await guess_delay.wait(waiting.seconds)
                return response

        return respond_async

    def respond(request: HttpRequest) -> Any:
        waiting = password_guesses.waiting_of(request)
        with waiting.held():
            response = get_response(request)
            password_guesses.set_browser_cookie(request, response)
            time.sleep(waiting.seconds)
            return response

    return respond
