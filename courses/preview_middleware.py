"""For authors: middleware that reloads the content after each save and shows its errors as a page.

It is active only under ``manage.py preview_content``, which sets VAKA_PREVIEW.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from watchfiles import watch

from courses import loader
from labs.typed_yaml.authoring_errors import AuthoringErrors


def preview(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: if the content has errors, answer every request with a page that lists them with file and line."""
    threading.Thread(target=reload_when_saved, args=[Path(settings.COURSE_CONTENT)], daemon=True).start()

    def respond(request: HttpRequest) -> HttpResponse:
        try:
            loader.library(settings.COURSE_CONTENT)
        except AuthoringErrors as found:
            context = {"errors": found.errors}
            return render(request, "courses/preview_errors.html", context, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return get_response(request)

    return respond


def reload_when_saved(content: Path, stop: threading.Event | None = None) -> None:
    for _changes in watch(content, stop_event=stop, debounce=200):
        loader.clear_cache()
