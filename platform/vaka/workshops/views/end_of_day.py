"""The end of a workshop's day: its labs are saved and stopped for the night, and resumed in the morning."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labs.views import end_of_day
from vaka.accounts.requests import SignedInRequest
from vaka.workshops import visible_to_team
from vaka.workshops.models import SeatLogEntry, Workshop
from vaka.workshops.permissions import for_planners, while_held
from vaka.workshops.services import seat_log


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def end_day(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Stop the labs of this workshop for the night, its class labs too, or resume them in the morning or after a reopen."""
    kinds = {"end": SeatLogEntry.Kind.END_DAY, "resume": SeatLogEntry.Kind.RESUME_LABS}

    def done(what: str) -> None:
        seat_log.record(workshop, None, request.user, kinds[what])

    back = reverse("workshops:room", args=[workshop.pk]), workshop.title
    among = visible_to_team.all_labs(workshop)
    return end_of_day.page(request, among, back, done, zone=workshop.zone, after_close=True)
