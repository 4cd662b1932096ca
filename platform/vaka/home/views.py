"""The start page: signed out it says what this is, signed in it carries on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.content import Course
from courses.loader import catalogue
from courses.models import Enrolment
from courses.progress import Progress
from courses.standing import standings
from labs.models import LabSession
from labs.published import NoSuchLab, newest
from vaka.accounts.models import User
from vaka.web.http import is_local


@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Show, for the projector, where a room of people finds this server."""
    url = settings.ROOM_URL or f"{request.scheme}://{request.get_host()}"
    return render(request, "home/join.html", {"url": url, "only_here": not settings.ROOM and is_local(request)})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    courses = catalogue(settings.COURSE_CONTENT)
    context: dict[str, Any] = {"first": next(iter(courses.values()), None)}
    enrolled: list[str] = []
    if request.user.is_authenticated:
        learner = request.user
        enrolled = list(Enrolment.objects.of(learner).values_list("course", flat=True))  # the newest first
        context["session"] = session = LabSession.objects.of(learner).live().first()
        context["lab"] = title_of(session)
        context["here"] = where(learner, [courses[name] for name in enrolled if name in courses])
    context["courses"] = [(course, course.id in enrolled) for course in courses.values()]
    return render(request, "home/home.html", context)


def title_of(session: LabSession | None) -> str:
    if session is None:
        return ""
    try:
        return newest(session.lab).title
    except NoSuchLab:  # taken out of the catalogue while it runs
        return session.lab


def where(learner: User, enrolled: list[Course]) -> Progress | None:
    """Return the course to carry on with: the newest that is not finished."""
    return next((mine for mine in standings(learner, enrolled) if mine.here), None)
