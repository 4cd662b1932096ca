"""The timetable of a workshop, for its trainees and its team: a page, and a file for calendars."""

from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Seat
from vaka.workshops.permissions import workshop_of
from vaka.workshops.services import calendar_file


@login_required
@require_safe
@never_cache
def timetable(request: SignedInRequest, workshop: int) -> HttpResponse:
    found = workshop_of(request, workshop)
    items = groupby(found.agenda.all(), lambda item: item.from_at.astimezone(found.zone).date())
    context = {
        "workshop": found,
        "days": [(day, list(of_day)) for day, of_day in items],
        "has_seat": Seat.objects.of(request.user).filter(workshop=found).exists(),
    }
    return render(request, "workshops/timetable.html", context)


@login_required
@require_safe
@never_cache
def timetable_file(request: SignedInRequest, workshop: int) -> HttpResponse:
    found = workshop_of(request, workshop)
    answer = HttpResponse(calendar_file.written(found), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="timetable.ics"'
    return answer
