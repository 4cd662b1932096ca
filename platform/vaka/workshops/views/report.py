"""The pages after a workshop, or at the end of each of its days."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vaka.accounts.requests import SignedInRequest
from vaka.web import spreadsheets
from vaka.workshops.models import PLANNERS, Workshop
from vaka.workshops.permissions import for_planners, for_team
from vaka.workshops.services import closing
from vaka.workshops.services.report import Results


@for_team
@require_safe
def report(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Attendance, results and what was hard, on a page that prints."""
    may_plan = workshop.role_of(request.user) in PLANNERS
    return render(
        request, "workshops/report.html", {"workshop": workshop, "results": Results(workshop), "may_plan": may_plan}
    )


@for_team
@require_safe
def report_csv(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    return spreadsheets.download("results.csv", Results(workshop).table())


@for_planners
@require_POST
def close(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    again = workshop.closed_at is not None
    earned = closing.close(workshop, request.user)
    if again and not earned:
        said = _("Nobody has met the rule since.")
    elif again:
        said = ngettext(
            "%(n)d more certificate waits for its holder.", "%(n)d more certificates wait for their holders.", earned
        )
    else:
        said = ngettext(
            "Closed. %(n)d certificate waits for its holder.",
            "Closed. %(n)d certificates wait for their holders.",
            earned,
        )
    messages.success(request, said % {"n": earned})
    return redirect("workshops:report", workshop=workshop.pk)


@for_planners
@require_POST
def reopen(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    if closing.reopen(workshop, request.user):
        messages.success(request, _("It is open again: its code lets people in. Certificates that it gave stay."))
    else:
        messages.warning(request, _("Nothing has changed: it is open, or its last day is over."))
    return redirect("workshops:report", workshop=workshop.pk)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Delete a workshop in which nothing was done. Asked first."""
    if request.method == "POST" and closing.delete(workshop):
        messages.success(request, _("“%(title)s” is deleted.") % {"title": workshop.title})
        return redirect("workshops:workshops" if request.user.is_instructor else "home:home")
    context = {"workshop": workshop, "used": closing.was_used(workshop)}
    return render(request, "workshops/delete.html", context, status=409 if request.method == "POST" else 200)
