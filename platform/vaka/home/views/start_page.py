"""The start page: visitors read what the site is, learners continue where they left off."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.loader import catalogue
from courses.pages import recall as recall_page
from courses.pages.catalogue import catalogue_for
from vaka.accounts.models import User
from vaka.home.pages.start_page import to_do_list
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat

SEATS = 5  # the latest workshops in which the learner has a seat


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    courses = catalogue_for(None, catalogue(settings.COURSE_CONTENT))
    first = next((row.course for row in courses.rows.values()), None)
    if request.user.is_authenticated:
        return render(request, "home/my_start_page.html", {"first": first, **of_learner(request.user)})
    return render(request, "home/start_page.html", {"first": first, "catalogue": courses})


def of_learner(learner: User) -> dict[str, Any]:
    """Return what the start page shows to a person who is signed in."""
    courses = catalogue_for(learner, catalogue(settings.COURSE_CONTENT))
    items = to_do_list(learner, courses.progress, courses.enrolled)
    here = next((item for item in items if not item.from_mentor), None)
    workshops = list(Workshop.objects.filter(team__user=learner).order_by("first_day"))
    seats = Seat.objects.of(learner).select_related("workshop").order_by("-workshop__first_day", "-pk")
    return {
        "enrolled": courses.enrolled,
        "here": here,
        "to_do": [item for item in items if item is not here],
        "due": len(recall_page.questions(learner, timezone.now()).due),
        "rows": [row for row in courses.rows.values() if row.enrolled],
        "unanswered": set(learner.workshops_run.filter(accepted_at=None).values_list("workshop", flat=True)),
        "asked_to_coordinate": learner.programmes_asked_to_lead.all(),
        "workshops": [workshop for workshop in workshops if not workshop.is_over],
        "seats": seats[:SEATS],
    }
