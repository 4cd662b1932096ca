"""For authors: reads the content anew when it was saved, and shows what is wrong with it as a page.

In use only while ``manage.py preview_content`` runs; it sets VAKA_PREVIEW.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from watchfiles import watch

from courses import loader, search_index
from labs.typed_yaml.errors import AuthoringErrors


def preview(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a mistake of the author is a page, with all mistakes, files and lines."""
    threading.Thread(target=forget_when_saved, args=[Path(settings.COURSE_CONTENT)], daemon=True).start()

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            loader.library(settings.COURSE_CONTENT)
        except AuthoringErrors as found:
            context = {"errors": found.errors}
            return render(request, "courses/preview_errors.html", context, status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return get_response(request)

    return answer


def forget_when_saved(content: Path, stop: threading.Event | None = None) -> None:
    for _changes in watch(content, stop_event=stop, debounce=200):
        loader.forget()
        search_index.forget()
