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
    """Show ``slide`` of the page ``path`` to the trainees who follow; without a path, stop what they present.

    A window that ``continues`` is refused if its person does not lead with these slides any more: it does not begin again.
    """
    path, number = request.POST.get("path", ""), request.POST.get("slide", "")
    if not path:
        presenting.stop(workshop, request.user)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if "continues" in request.POST and not presenting.is_led_by(workshop, request.user, path):
        return HttpResponse(status=HTTPStatus.CONFLICT)
    try:
        presenting.present(workshop, path, int(number) if number.isdecimal() and len(number) < 4 else 0, request.user)
    except presenting.NoSlides:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
