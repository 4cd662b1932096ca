"""Lets the answer to a wrong password wait, and marks browsers in which somebody has signed in."""

import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from vaka.accounts import password_guesses
from vaka.web import guess_delay


@sync_and_async_middleware
def patience(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer as late as the views of ``vaka.accounts`` have said. Outermost: meanwhile nothing of the request is held."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            waiting = password_guesses.waiting_of(request)
            with waiting.held():
                answer = await get_response(request)
                password_guesses.mark_known(request, answer)
                await guess_delay.wait(waiting.seconds)
                return answer

        return later

    def now(request: HttpRequest) -> Any:
        waiting = password_guesses.waiting_of(request)
        with waiting.held():
            answer = get_response(request)
            password_guesses.mark_known(request, answer)
            time.sleep(waiting.seconds)
            return answer

    return now
