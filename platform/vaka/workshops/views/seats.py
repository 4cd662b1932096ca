"""The page of the seats: who sits where, seat codes, changes, the roster as a file, and the slide that says how to join."""

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
from vaka.accounts.requests import SignedInRequest
from vaka.web import spreadsheets
from vaka.workshops.forms import SeatForm
from vaka.workshops.models import PLANNERS, Workshop
from vaka.workshops.permissions import for_planners, for_team
from vaka.workshops.services import devices, roster, seat_changes


def public_url(request: SignedInRequest, path: str) -> str:
    """The address of a page as trainees in the room can open it."""
    return f"{settings.LAN_URL}{path}" if settings.LAN_URL else request.build_absolute_uri(path)


@for_team
@require_safe
def seats(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    return _page(request, workshop)


def _page(request: SignedInRequest, workshop: Workshop, status: int = 200, **more: object) -> HttpResponse:
    found = list(workshop.seats.select_related("user").prefetch_related("attendance_days"))
    context = {
        "workshop": workshop,
        "seats": found,
        "taken": sum(seat.user_id is not None for seat in found),
        "may_plan": workshop.role_of(request.user) in PLANNERS,
        "url": public_url(request, reverse("workshops:join")),
    }
    return render(request, "workshops/seats.html", context | more, status=status)


@for_team
@require_safe
def slide(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """How to join, for the projector."""
    url = public_url(request, reverse("workshops:join"))
    with_code = public_url(request, reverse("workshops:join_code", args=[workshop.code_shown]))
    return render(request, "workshops/slide.html", {"workshop": workshop, "url": url, "url_with_code": with_code})


@for_team
@require_POST
def seat_code(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Make a seat code and show it once. After the workshop helpers cannot make one."""
    if workshop.is_over and workshop.role_of(request.user) not in PLANNERS:
        raise PermissionDenied
    seat = get_object_or_404(workshop.seats.filter(is_guest=True), number=number)
    code = devices.make_seat_code(seat, request.user, lost="lost" in request.POST)
    return _page(request, workshop, code=codes.shown(code), code_seat=seat)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def change_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Correct a name or add a partner. The page also says what happens when the seat is freed."""
    seat = get_object_or_404(workshop.seats.select_related("user", "workshop"), number=number)
    form = SeatForm(request.POST or None, initial={"name": seat.name, "partner": seat.partner})
    if request.method == "POST" and form.is_valid():
        if seat_changes.rename(seat, request.user, **form.cleaned_data):
            text = _("Seat %(n)d now has the name %(names)s.")
            messages.success(request, text % {"n": seat.number, "names": seat.names})
        return redirect("workshops:seats", workshop=workshop.pk)
    context = {
        "workshop": workshop,
        "seat": seat,
        "form": form,
        "account_stays": seat_changes.account_stays(seat),
    }
    return render(request, "workshops/seat_change.html", context, status=422 if request.method == "POST" else 200)


@for_planners
@require_POST
def free_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Free a seat that somebody has taken."""
    taken = workshop.seats.taken().select_related("user", "workshop")
    seat = get_object_or_404(taken, number=number)
    if seat_changes.free(seat, request.user):
        text = _("Seat %(n)d is free. The work of %(names)s stays with their account.")
    else:
        text = _("Seat %(n)d is free. Nothing was done at it, so the guest account of %(names)s was deleted.")
    messages.success(request, text % {"n": seat.number, "names": seat.names})
    return redirect("workshops:seats", workshop=workshop.pk)


@for_planners
@require_POST
def remove_seat(request: SignedInRequest, workshop: Workshop, reserved: int) -> HttpResponse:
    """Remove a reserved seat. A seat that is taken can only be freed."""
    get_object_or_404(workshop.seats.filter(user=None), number=reserved).delete()
    return redirect("workshops:seats", workshop=workshop.pk)


@for_team
@require_http_methods(["GET", "HEAD", "POST"])
def roster_file(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Export the roster as CSV, or import one."""
    if request.method != "POST":
        return spreadsheets.download("seats.csv", roster.rows(workshop))
    if workshop.role_of(request.user) not in PLANNERS:
        raise PermissionDenied
    file = request.FILES.get("file")
    try:
        changed = roster.read(workshop, file.read(roster.LARGEST + 1) if file else b"")
    except roster.RosterErrors as error:
        return _page(request, workshop, 422, errors=error.errors)
    if changed:
        text = ngettext("%(n)d seat reserved or changed.", "%(n)d seats reserved or changed.", changed)
        messages.success(request, text % {"n": changed})
    else:
        messages.success(request, _("Nothing changed: the seats agree with the file already."))
    return redirect("workshops:seats", workshop=workshop.pk)
