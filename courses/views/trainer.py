"""The page of a course for people who teach it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.pages.trainer import days_of, labs_of
from courses.trainer import TIMETABLE
from courses.views.content_or_404 import course_or_404
from vaka.accounts.permissions import for_trainers
from vaka.accounts.requests import SignedInRequest


@for_trainers
@never_cache
@require_safe
def trainer_page(request: SignedInRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    if found.trainer is None:
        raise Http404(_("This course has no page for trainers."))
    context = {
        "course": found,
        "page": found.trainer,
        "days": list(days_of(found, found.trainer)),
        "labs": list(labs_of(found)),
        "timetable": TIMETABLE,
    }
    return render(request, "courses/trainer.html", context)
