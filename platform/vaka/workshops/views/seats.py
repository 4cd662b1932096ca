"""Pages about who sits where: for those who run the workshop."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vaka.accounts import codes
from vaka.web import spreadsheets
from vaka.web.http import SignedInRequest
from vaka.workshops.forms import SeatForm
from vaka.workshops.models import PLANNERS, Workshop
from vaka.workshops.permissions import for_planners, for_team
from vaka.workshops.services import joining, roster, seat_changes


def address(request: SignedInRequest, path: str) -> str:
    """A page's address as the room finds it."""
    return f"{settings.LAN_URL}{path}" if settings.LAN_URL else request.build_absolute_uri(path)


@for_team
@require_safe
def people(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    return _people(request, workshop)


def _people(request: SignedInRequest, workshop: Workshop, status: int = 200, **more: object) -> HttpResponse:
    seats = list(workshop.places.select_related("user").prefetch_related("days"))
    context = {"workshop": workshop, "seats": seats, "taken": sum(seat.user_id is not None for seat in seats)}
    context |= {
        "may_plan": workshop.role_of(request.user) in PLANNERS,
        "url": address(request, reverse("workshops:join")),
    }
    return render(request, "workshops/seats.html", context | more, status=status)


@for_team
@require_safe
def slide(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """How to join, for the projector."""
    url = address(request, reverse("workshops:join"))
    with_code = address(request, reverse("workshops:join_code", args=[workshop.code_shown]))
    return render(request, "workshops/slide.html", {"workshop": workshop, "url": url, "url_with_code": with_code})


@for_team
@require_POST
def seat_code(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Make the code that opens a guest's seat on another device, and show it this once. When all is over, helpers make none."""
    if workshop.is_over and workshop.role_of(request.user) not in PLANNERS:
        raise PermissionDenied
    seat = get_object_or_404(workshop.places.filter(is_guest=True), number=number)
    code = joining.give_code(seat, request.user, lost="lost" in request.POST)
    return _people(request, workshop, code=codes.shown(code), code_seat=seat)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def change_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Correct a name, write a partner beside it, or read what happens when the seat is freed."""
    seat = get_object_or_404(workshop.places.select_related("user", "workshop"), number=number)
    form = SeatForm(request.POST or None, initial={"name": seat.name, "partner": seat.partner})
    if request.method == "POST" and form.is_valid():
        if seat_changes.rename(seat, request.user, **form.cleaned_data):
            messages.success(request, _("Seat %(n)d is of %(names)s now.") % {"n": seat.number, "names": seat.names})
        return redirect("workshops:people", workshop=workshop.pk)
    context = {"workshop": workshop, "seat": seat, "form": form, "stays": seat_changes.account_stays(seat)}
    return render(request, "workshops/seat_change.html", context, status=422 if request.method == "POST" else 200)


@for_planners
@require_POST
def free_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Take somebody off a seat that he has opened: a ghost, or who has gone home for good."""
    taken = workshop.places.exclude(user=None).select_related("user", "workshop")
    seat = get_object_or_404(taken, number=number)
    if seat_changes.free(seat, request.user):
        said = _("Seat %(n)d is free. What %(names)s did stays with the account.")
    else:
        said = _("Seat %(n)d is free. Nothing was done at it, so the guest %(names)s is deleted.")
    messages.success(request, said % {"n": seat.number, "names": seat.names})
    return redirect("workshops:people", workshop=workshop.pk)


@for_planners
@require_POST
def remove_seat(request: SignedInRequest, workshop: Workshop, unopened: int) -> HttpResponse:
    """Take a name off the roster; what somebody has opened stays."""
    get_object_or_404(workshop.places.filter(user=None), number=unopened).delete()
    return redirect("workshops:people", workshop=workshop.pk)


@for_team
@require_http_methods(["GET", "HEAD", "POST"])
def roster_file(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Take the list as CSV; or bring one."""
    if request.method != "POST":
        return spreadsheets.download("seats.csv", roster.rows(workshop))
    if workshop.role_of(request.user) not in PLANNERS:
        raise PermissionDenied
    file = request.FILES.get("file")
    try:
        made = roster.read(workshop, file.read(roster.LARGEST + 1) if file else b"")
    except roster.RosterErrors as error:
        return _people(request, workshop, 422, errors=error.errors)
    if made:
        said = ngettext("%(n)d seat waits for its name.", "%(n)d seats wait for their names.", made)
        messages.success(request, said % {"n": made})
    else:
        messages.success(request, _("Nothing has changed: the seats say so already."))
    return redirect("workshops:people", workshop=workshop.pk)
