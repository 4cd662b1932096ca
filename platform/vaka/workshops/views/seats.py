"""The page of the seats: who sits where, seat codes, changes, the roster as a file, and the slide that says how to join."""

from collections.abc import Sequence
from itertools import zip_longest

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vaka.accounts import readable_codes
from vaka.accounts.requests import SignedInRequest
from vaka.web import spreadsheets
from vaka.workshops.forms import SeatForm
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_planners, for_team, may_plan
from vaka.workshops.services import devices, preflight_of_site, roster, seat_changes
from vaka.workshops.services import roster_file as roster_files
from vaka.workshops.services.roster_file import Line, Table
from vaka.workshops.views.addresses import join_url, public_url


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
        "may_plan": may_plan(workshop, request.user),
        "url": join_url(request),
        "only_here": preflight_of_site.is_only_here(join_url(request)) and not workshop.is_over,
        "largest": roster_files.LARGEST,
    }
    return render(request, "workshops/seats.html", context | more, status=status)


@for_team
@require_safe
def slide(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show how to join, for the projector."""
    url = join_url(request)
    with_code = public_url(request, reverse("workshops:join_code", args=[workshop.code_shown]))
    context = {
        "workshop": workshop,
        "url": url,
        "url_with_code": with_code,
        "only_here": preflight_of_site.is_only_here(url),
    }
    return render(request, "workshops/join_slide.html", context)


@for_team
@require_POST
def seat_code(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Make a seat code and show it once. After the workshop helpers cannot make one."""
    if workshop.is_over and not may_plan(workshop, request.user):
        raise PermissionDenied
    seat = get_object_or_404(workshop.seats.of_guests(), number=number)
    code = devices.make_seat_code(seat, request.user, lost="lost" in request.POST)
    return _page(request, workshop, code=readable_codes.shown(code), code_seat=seat)


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
        "has_begun_exam": seat.sittings.begun().exists(),
    }
    return render(request, "workshops/seat_change.html", context, status=422 if request.method == "POST" else 200)


@for_planners
@require_POST
def free_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Free a seat that somebody has taken, unless it has begun an exam."""
    taken = workshop.seats.taken().select_related("user", "workshop")
    seat = get_object_or_404(taken, number=number)
    try:
        stays = seat_changes.free(seat, request.user)
    except seat_changes.HasBegunExam:
        text = _("Seat %(n)d has begun an exam, so it cannot be freed: its result would be lost.")
        messages.warning(request, text % {"n": seat.number})
        return redirect("workshops:change_seat", workshop=workshop.pk, number=seat.number)
    if stays:
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
    """Export the roster as CSV, or import one. A file with other columns than ours is mapped on a page first."""
    plans = may_plan(workshop, request.user)
    if request.method != "POST":
        return spreadsheets.download("seats.csv", roster.rows(workshop, details=plans))
    if not plans:
        raise PermissionDenied
    if "text" in request.POST:
        return _import_mapped(request, workshop)
    file = request.FILES.get("file")
    try:
        table = roster_files.read(file.read(roster_files.LARGEST + 1) if file else b"")
        if not table.is_own:
            return _mapping_page(request, workshop, table, table.guesses, first_is_person=table.seems_to_lack_header)
        return _import(request, workshop, table.lines([cell.lower() for cell in table.header]))
    except roster_files.RosterErrors as error:
        return _page(request, workshop, 422, errors=error.errors)


def _import_mapped(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Import a file whose columns a person has mapped. The page carries the file: the site does not keep it."""
    try:
        table = roster_files.read(_as_chosen(request.POST["text"]).encode())
    except roster_files.RosterErrors as error:
        return _page(request, workshop, 422, errors=error.errors)
    fields, first_is_person = request.POST.getlist("column")[: len(table.header)], "first_is_person" in request.POST
    try:
        return _import(request, workshop, table.lines(fields, first_is_person=first_is_person))
    except roster_files.RosterErrors as error:
        return _mapping_page(request, workshop, table, fields, error.errors, first_is_person=first_is_person)


def _as_chosen(text: str) -> str:
    """Return the text of the page's form without the carriage returns that browsers add: with them it may be too large."""
    return text.replace("\r\n", "\n")


def _mapping_page(
    request: SignedInRequest,
    workshop: Workshop,
    table: Table,
    fields: list[str],
    errors: Sequence[str] = (),
    *,
    first_is_person: bool,
) -> HttpResponse:
    named = enumerate(zip_longest(table.header, fields, fillvalue=""))
    context = {
        "workshop": workshop,
        "text": table.text,
        "errors": errors,
        "columns": [(n + 1, header, field, table.samples(n)) for n, (header, field) in named],
        "fields": roster_files.FIELDS,
        "lines": len(table.rows) + 1,
        "first_is_person": first_is_person,
    }
    return render(request, "workshops/roster_columns.html", context, status=422 if errors else 200)


def _import(request: SignedInRequest, workshop: Workshop, lines: list[tuple[int, Line]]) -> HttpResponse:
    changed = roster.reserve(workshop, lines)
    if changed:
        text = ngettext("%(n)d seat reserved or changed.", "%(n)d seats reserved or changed.", changed)
        messages.success(request, text % {"n": changed})
    else:
        messages.success(request, _("Nothing changed: the seats agree with the file already."))
    return redirect("workshops:seats", workshop=workshop.pk)
