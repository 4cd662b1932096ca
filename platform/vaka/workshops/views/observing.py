"""A member of the team observes the terminals of a trainee, and types there while the trainee allows it."""

import json

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labs.models import Observer, State
from labs.registry import versions
from labs.views.terminals import terminal_of
from vaka.accounts.requests import SignedInRequest
from vaka.workshops import visible_to_team
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.permissions import for_team, while_held
from vaka.workshops.room import seat_checks
from vaka.workshops.room.room import Room
from vaka.workshops.services import observing


def _seat(workshop: Workshop, number: int) -> Seat:
    return get_object_or_404(workshop.seats.select_related("workshop"), number=number)


def _open_observers(request: SignedInRequest, seat: Seat) -> QuerySet[Observer]:
    """The user's own open observer at the seat, if there is one."""
    runs = visible_to_team.lab_sessions(seat.workshop).filter(learner=seat.user_id, state=State.READY)
    return Observer.objects.open().filter(user=request.user, session__in=runs).select_related("session", "user")


@for_team
@require_POST
@while_held
def observe(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Begin to observe. The trainee's pages show it."""
    seat = _seat(workshop, number)
    session = observing.observable_session(seat)
    if session is None:
        if observing.is_in_class_lab(seat):
            text = _(
                "The terminals of a class lab cannot be observed. Its leader can open them on the page of the lab."
            )
        else:
            text = _("No lab of this workshop is running at this seat. Observe it when the trainee has started one.")
        messages.warning(request, text)
        return redirect("workshops:room_seat", workshop=workshop.pk, number=number)
    observing.begin(seat, session, request.user)
    return redirect("workshops:observer", workshop=workshop.pk, number=number)


@for_team
@require_safe
@while_held
def terminals(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """The trainee's terminals, opened where they typed last, beside the checks of their stage that do not pass."""
    seat = _seat(workshop, number)
    observer = _open_observers(request, seat).first()
    if observer is None:  # it has ended, with the lab for example
        return redirect("workshops:room_seat", workshop=workshop.pk, number=number)
    nodes = json.dumps(
        [
            {"name": node.name, "kind": node.kind.value, "typeable": observer.may_type}
            for node in versions.of_or_404(observer.session).nodes.values()
            if node.learner and node.has_shell
        ]
    )
    room = Room.of(workshop, observer.session.lab)
    tile = next(tile for tile in room.shown if tile.seat.pk == seat.pk)
    context = {"workshop": workshop, "seat": seat, "observer": observer, "nodes": nodes}
    checks = {"is_exam": tile.is_exam, "current": seat_checks.current_stage(tile)}
    return render(request, "workshops/observer.html", context | checks)


@for_team
@require_POST
@while_held
def ask_to_type(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Ask the trainee for permission to type."""
    seat = _seat(workshop, number)
    observing.ask_to_type(seat, get_object_or_404(_open_observers(request, seat)))
    return redirect("workshops:observer", workshop=workshop.pk, number=number)


@for_team
@require_POST
def stop(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    seat = _seat(workshop, number)
    observing.end(seat, get_object_or_404(_open_observers(request, seat)))
    return redirect("workshops:room_seat", workshop=workshop.pk, number=number)


@for_team
@require_POST
def terminal_token(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Open one of the trainee's terminals, for typing only while the trainee allows it."""
    seat = _seat(workshop, number)
    observer = None if workshop.is_over else _open_observers(request, seat).first()
    if observer is None:
        error = _(
            "You no longer observe this seat. To start again, select “Observe terminals” on the page of the seat."
        )
        return JsonResponse({"error": error}, status=409)
    lab, types = versions.of_or_404(observer.session), observer.may_type and request.POST.get("mode") != "view"
    opened = terminal_of(request, observer.session, lab, may_look=False, may_type=types)
    if types:
        observing.record_typing(seat, observer)
    return opened
