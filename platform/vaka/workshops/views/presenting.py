"""Presenting slides to the room: the window with the slides says which one is shown."""

from http import HTTPStatus

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_team, while_held
from vaka.workshops.services import presenting


@for_team
@require_POST
@while_held
def present(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Show ``slide`` of the page ``path`` to the trainees who follow; without a path, stop."""
    path, number = request.POST.get("path", ""), request.POST.get("slide", "")
    if not path:
        presenting.stop(workshop)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    try:
        presenting.present(workshop, path, int(number) if number.isdecimal() and len(number) < 4 else 0)
    except presenting.NoSlides:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
