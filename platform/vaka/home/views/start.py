"""The start page: signed out it says what this is, signed in it carries on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.loader import catalogue
from courses.models import Enrolment
from vaka.home.pages.due import due
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat

SEATS = 5  # of one's workshops, the latest


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    courses = catalogue(settings.COURSE_CONTENT)
    context: dict[str, Any] = {"first": next(iter(courses.values()), None)}
    enrolled: list[str] = []
    if request.user.is_authenticated:
        enrolled = list(Enrolment.objects.of(request.user).values_list("course", flat=True))  # the newest first
        things = due(request.user, courses.values(), enrolled)
        here = next((item for item in things if not item.of_mentor), None)
        run = list(Workshop.objects.filter(staff__user=request.user).order_by("first_day"))
        context["runs_workshops"] = bool(run)  # as vaka.workshops.context_processors would ask once more
        context["workshops"] = [workshop for workshop in run if not workshop.is_over]
        seats = Seat.objects.of(request.user).select_related("workshop").order_by("-workshop__first_day", "-pk")
        context["seats"] = seats[:SEATS]
        context |= {"enrolled": enrolled, "here": here, "due": [item for item in things if item is not here]}
    context["courses"] = [(course, course.id in enrolled) for course in courses.values()]
    return render(request, "home/home.html", context)
