"""The slides of a lesson, and the window of the person who presents."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.own_numbers import numbers_for
from courses.pages.slides import slides_of
from courses.views.content_or_404 import lesson_or_404
from vaka.accounts.permissions import for_trainers, teaches
from vaka.accounts.requests import SignedInRequest


@require_safe
def slides(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The slides of a lesson, for everybody who may read it. They have no notes."""
    return _slides(request, "courses/slides.html", course, lesson)


@for_trainers
@require_safe
def presenter(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """The window of the person who presents: notes, the next slide and a clock. It moves the window with the slides."""
    return _slides(request, "courses/presenter.html", course, lesson)


def _slides(request: HttpRequest, template: str, course: str, lesson: str) -> HttpResponse:
    found_course, found = lesson_or_404(course, lesson)
    numbers = numbers_for(request.user, found)
    context = {
        "course": found_course,
        "lesson": found,
        "slides": slides_of(found, numbers),
        "numbers": numbers,
        "teaches": teaches(request.user),
    }
    return render(request, template, context)
