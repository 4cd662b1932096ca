"""The report of a workshop, as a page and as a table."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vaka.accounts.requests import SignedInRequest
from vaka.web import spreadsheets
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_team, may_plan
from vaka.workshops.services import learning_gain, preflight_of_site
from vaka.workshops.services.report import Report
from vaka.workshops.views.addresses import join_url


@for_team
@require_safe
def report(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Attendance, results, the hardest checks and times, on a page that can be printed."""
    context = {
        "workshop": workshop,
        "report": Report(workshop),
        "learning": learning_gain.results(workshop),
        "least": learning_gain.LEAST,
        "may_plan": may_plan(workshop, request.user),
        "preflight": list(preflight_of_site.problems(workshop, join_url(request))),
    }
    return render(request, "workshops/report.html", context)


@for_team
@require_safe
def report_csv(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    return spreadsheets.download("results.csv", Report(workshop).table())
