"""Buttons of the room that open an agenda item for the trainees, and close it again."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.permissions import for_planners, while_held
from vaka.workshops.services import agenda_items, exams
from vaka.workshops.views.back_to_room import back_to_room


@for_planners
@require_POST
@while_held
def open_agenda_item(request: SignedInRequest, workshop: Workshop, item: int) -> HttpResponse:
    found = get_object_or_404(AgendaItem, pk=item, workshop=workshop)
    try:
        (exams.open_exam if found.is_exam else agenda_items.open_item)(found, request.user)
    except ValidationError as error:
        messages.error(request, f"{found.title}: {error.message}")
    return back_to_room(request, workshop)


@for_planners
@require_POST
@while_held
def close_agenda_item(request: SignedInRequest, workshop: Workshop, item: int) -> HttpResponse:
    found = get_object_or_404(AgendaItem, pk=item, workshop=workshop)
    if agenda_items.close_item(found, request.user):
        text = _(
            "“%(title)s” is closed again. Trainees no longer see it, and its labs do not count while it is closed."
        )
        messages.success(request, text % {"title": found.title})
    return back_to_room(request, workshop)
