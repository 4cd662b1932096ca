"""The start page: visitors read what the site is, learners continue where they left off."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.loader import catalogue
from courses.models import Enrolment
from vaka.home.pages.to_do import to_do_list
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat

SEATS = 5  # the latest workshops in which the learner has a seat


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    courses = catalogue(settings.COURSE_CONTENT)
    context: dict[str, Any] = {"first": next(iter(courses.values()), None)}
    enrolled: list[str] = []
    if request.user.is_authenticated:
        enrolled = list(Enrolment.objects.of(request.user).values_list("course", flat=True))  # the newest first
        items = to_do_list(request.user, courses.values(), enrolled)
        here = next((item for item in items if not item.from_mentor), None)
        workshops = list(Workshop.objects.filter(staff__user=request.user).order_by("first_day"))
        context["runs_workshops"] = bool(workshops)  # saves the query of vaka.workshops.context_processors
        context["workshops"] = [workshop for workshop in workshops if not workshop.is_over]
        seats = Seat.objects.of(request.user).select_related("workshop").order_by("-workshop__first_day", "-pk")
        context["seats"] = seats[:SEATS]
        context |= {"enrolled": enrolled, "here": here, "to_do": [item for item in items if item is not here]}
    context["courses"] = [(course, course.id in enrolled) for course in courses.values()]
    return render(request, "home/home.html", context)
