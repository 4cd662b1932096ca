"""Buttons of the room that pause all labs and end the pause."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_planners, while_held
from vaka.workshops.services import pauses
from vaka.workshops.views.back_to_room import back_to_room


@for_planners
@require_POST
@while_held
def pause(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    pauses.pause(workshop, request.user)
    return back_to_room(request, workshop)


@for_planners
@require_POST
def resume(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    minutes = pauses.resume(workshop, request.user)
    if minutes:
        text = ngettext("All labs have %(n)d more minute.", "All labs have %(n)d more minutes.", minutes)
        messages.success(request, text % {"n": minutes})
    return back_to_room(request, workshop)
