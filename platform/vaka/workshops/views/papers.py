"""The printed papers of a workshop: join cards, the sign-in sheet, the funder's report, and all its certificates."""

from collections.abc import Iterable
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vaka.accounts import readable_codes
from vaka.accounts.requests import SignedInRequest
from vaka.credentials.models import Credential
from vaka.web import spreadsheets
from vaka.workshops.forms import PaperForm
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.permissions import for_planners, for_team, while_held
from vaka.workshops.services import agenda_attendance, certificates, preflight_of_site
from vaka.workshops.services.agenda_attendance import AttendanceGrid
from vaka.workshops.services.funders_report import SMALLEST, FundersReport
from vaka.workshops.services.join_cards import make_card_codes
from vaka.workshops.views.addresses import join_url


@for_planners
@require_POST
@while_held
def join_cards(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Cards to cut out: each reserved seat gets a seat code, which is shown here once and replaces the one before."""
    made = make_card_codes(workshop, request.user)
    cards = [(seat, readable_codes.shown(code)) for seat, code in made]
    url = join_url(request)
    context = {"workshop": workshop, "cards": cards, "url": url, "only_here": preflight_of_site.is_only_here(url)}
    return render(request, "workshops/join_cards.html", context)


@for_team
@require_safe
def sign_in_sheet(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """A page for each day, with a column for each agenda item and a line for each seat."""
    held = workshop.agenda.exclude(kind=AgendaItem.Kind.BREAK)
    days = groupby(held, lambda item: item.from_at.astimezone(workshop.zone).date())
    names = {seat.number: seat for seat in workshop.seats.all()}
    lines = [(number, names.get(number)) for number in range(1, workshop.seat_count + 1)]
    context = {"workshop": workshop, "days": [(day, list(items)) for day, items in days], "lines": lines}
    return render(request, "workshops/sign_in_sheet.html", context)


@for_team
@require_http_methods(["GET", "HEAD", "POST"])
def attendance(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show the attendance of agenda items, by presence in the room. The team corrects it by hand."""
    if request.method == "POST":
        before, after = _cells(request.POST.get("before", "").split()), _cells(request.POST.getlist("attended"))
        changed = agenda_attendance.record(workshop, request.user, before, after)
        text = ngettext("%(n)d entry changed.", "%(n)d entries changed.", changed)
        messages.success(request, text % {"n": changed})
        return redirect("workshops:attendance", workshop=workshop.pk)
    return render(request, "workshops/attendance.html", {"workshop": workshop, "grid": AttendanceGrid(workshop)})


def _cells(written: Iterable[str]) -> set[agenda_attendance.Cell]:
    """Read cells such as 12-345: seat 12, item 345."""
    pairs = (cell.partition("-") for cell in written)
    return {(int(seat), int(item)) for seat, _dash, item in pairs if _is_number(seat) and _is_number(item)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19  # else no number of a row


@for_planners
@require_safe
def funders_report(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show the numbers for the funder, on a page that can be printed."""
    context = {"workshop": workshop, "report": FundersReport(workshop), "smallest": SMALLEST}
    return render(request, "workshops/funders_report.html", context)


@for_planners
@require_safe
def funders_report_csv(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    return spreadsheets.download("funders-report.csv", FundersReport(workshop).table())


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The form for the signature and the logo of printed certificates."""
    form = PaperForm(request.POST or None, request.FILES or None, instance=workshop)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. New prints have it."))
        return redirect("workshops:report", workshop=workshop.pk)
    context = {"form": form, "title": _("Certificates on paper"), "workshop": workshop}
    return render(request, "workshops/form.html", context, status=422 if request.method == "POST" else 200)


@for_planners
@require_safe
def all_certificates(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """One PDF: the certificates that their holders have published, then a certificate of attendance for each seat."""
    from vaka.credentials import all_certificates_pdf  # imported here: it is large, and few requests need it

    published = Credential.objects.filter(achievement=certificates.achievement(workshop)).published().not_revoked()
    with override(workshop.language):  # the language of the trainees
        attended = certificates.of_attendance(workshop)
        if not attended and not published.exists():
            text = _("There is no certificate to print yet: nobody has attended an agenda item.")
            messages.warning(request, text)
            return redirect("workshops:report", workshop=workshop.pk)
        drawn = all_certificates_pdf.draw(list(published.order_by("name")), attended)
    name = 'attachment; filename="certificates.pdf"'
    return HttpResponse(drawn, content_type="application/pdf", headers={"Content-Disposition": name})
