"""What is pressed in the room: on a seat, on those that are chosen, or for all."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labs.models import LabSession, Observer, State
from labs.registry import versions
from labs.views import end_of_day
from labs.views.lab_page import terminal_of
from vaka.web.http import SignedInRequest
from vaka.workshops.models import PLANNERS, AgendaItem, Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.permissions import for_planners, for_team, while_held
from vaka.workshops.services import observing, seat_actions
from vaka.workshops.views.room import to_room

FOR_PLANNERS = {"reset", "jump"}  # when it is done to all: a helper's slip would cost the whole room its work


def _chosen(request: SignedInRequest, workshop: Workshop) -> list[Seat]:
    """The seats that are chosen; all for ``all``."""
    seats = list(workshop.places.select_related("workshop").exclude(user=None))
    if request.POST.get("all"):
        return seats
    wanted = set(request.POST.getlist("seats"))
    return [seat for seat in seats if str(seat.number) in wanted]


@for_team
@require_POST
@while_held
def act(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Do one thing to the chosen seats."""
    what, seats = request.POST.get("what", ""), _chosen(request, workshop)
    everybody = bool(request.POST.get("all"))
    if everybody and what in FOR_PLANNERS and workshop.role_of(request.user) not in PLANNERS:
        raise PermissionDenied
    if not seats and not everybody:
        messages.warning(request, _("Choose at least one seat first."))
        return _back(request, workshop)
    if what == "message":
        _say(request, workshop, None if everybody else seats)
    else:
        _tell(request, _act(request, workshop, what, seats))
    return _back(request, workshop)


def _back(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    number = request.POST.get("from", "")
    return to_room(request, workshop, int(number) if number.isdecimal() and len(number) < 5 else 0)


def _say(request: SignedInRequest, workshop: Workshop, seats: list[Seat] | None) -> None:
    text = request.POST.get("text", "").strip()
    if not text:
        messages.warning(request, _("Write what you want to say."))
        return
    seat_actions.say(workshop, seats, request.user, text)
    messages.success(request, _("It is said."))


def _act(request: SignedInRequest, workshop: Workshop, what: str, seats: list[Seat]) -> seat_actions.Done:
    who = request.user
    if what == "extend":
        minutes = request.POST.get("minutes", "")
        return seat_actions.extend(
            workshop, seats, who, int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 10
        )
    if what == "reset":
        return seat_actions.reset(workshop, seats, who)
    if what == "first":
        return seat_actions.first(workshop, seats, who)
    if what == "jump":
        lab_id, _bar, stage = request.POST.get("stage", "").partition("|")
        return seat_actions.jump(workshop, seats, who, versions.newest_or_404(lab_id), stage)
    raise Http404(what)


def _tell(request: SignedInRequest, done: seat_actions.Done) -> None:
    if done.done:
        said = ngettext("Done at %(n)d seat.", "Done at %(n)d seats.", done.done) % {"n": done.done}
        messages.success(request, said)
    if done.not_done:
        numbers = ", ".join(map(str, done.not_done[:10]))
        left = _("Not at seats %(seats)s: nothing that it could be done to runs there now.")
        messages.warning(request, left % {"seats": numbers})
    if done.others_wait:
        numbers = ", ".join(map(str, done.others_wait[:10]))
        left = _("Not at seats %(seats)s: others wait before them, whom only the site's staff can pass.")
        messages.warning(request, left % {"seats": numbers})


@for_planners
@require_POST
@while_held
def pause(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    seat_actions.pause(workshop, request.user)
    return _back(request, workshop)


@for_planners
@require_POST
def resume(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    minutes = seat_actions.resume(workshop, request.user)
    if minutes:
        said = ngettext("All labs have %(n)d minute more.", "All labs have %(n)d minutes more.", minutes)
        messages.success(request, said % {"n": minutes})
    return _back(request, workshop)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
@while_held
def end_day(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """End the day of this workshop, or go on the next morning: its labs, and the class lab of who presses."""
    mine = Q(pk__in=workshop.lab_sessions().values("pk")) | Q(learner=request.user)
    kinds = {"end": SeatLogEntry.Kind.DAY, "resume": SeatLogEntry.Kind.MORNING}

    def done(what: str) -> None:
        seat_actions.write_down(workshop, None, request.user, kinds[what])

    back = reverse("workshops:room", args=[workshop.pk]), workshop.title
    return end_of_day.page(request, LabSession.objects.filter(mine), back, done)


@for_planners
@require_POST
@while_held
def open_session(request: SignedInRequest, workshop: Workshop, item: int) -> HttpResponse:
    seat_actions.open_session(get_object_or_404(AgendaItem, pk=item, workshop=workshop), request.user)
    return _back(request, workshop)


# -- beside a trainee


def _seat(workshop: Workshop, number: int) -> Seat:
    return get_object_or_404(workshop.places.select_related("workshop"), number=number)


def _visit(request: SignedInRequest, seat: Seat) -> Observer:
    """The visitor's own open visit at the seat; without one nothing is here."""
    return get_object_or_404(_open(request, seat))


def _open(request: SignedInRequest, seat: Seat) -> QuerySet[Observer]:
    runs = seat.workshop.lab_sessions().filter(learner=seat.user_id, state=State.READY)
    return Observer.objects.open().filter(user=request.user, session__in=runs).select_related("session", "user")


@for_team
@require_POST
@while_held
def look_on(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Begin to look on; the trainee is told."""
    seat = _seat(workshop, number)
    session = observing.session_of(seat)
    if session is None:
        messages.warning(request, _("No lab of this workshop runs there now."))
        return redirect("workshops:tile", workshop=workshop.pk, number=number)
    observing.look_on(seat, session, request.user)
    return redirect("workshops:visit", workshop=workshop.pk, number=number)


@for_team
@require_safe
@while_held
def visit(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """The trainee's terminals, as he sees them."""
    seat = _seat(workshop, number)
    mine = _open(request, seat).first()
    if mine is None:  # it was ended, by him or by the end of the lab
        return redirect("workshops:tile", workshop=workshop.pk, number=number)
    nodes = json.dumps(
        [
            {"name": node.name, "kind": node.kind.value, "typeable": mine.may_type}
            for node in versions.of_or_404(mine.session).nodes.values()
            if node.learner and node.has_shell
        ]
    )
    context = {"workshop": workshop, "seat": seat, "visit": mine, "nodes": nodes}
    return render(request, "workshops/observer.html", context)


@for_team
@require_POST
@while_held
def ask(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Ask the trainee whether one may type."""
    seat = _seat(workshop, number)
    observing.ask(seat, _visit(request, seat))
    return redirect("workshops:visit", workshop=workshop.pk, number=number)


@for_team
@require_POST
def leave(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    seat = _seat(workshop, number)
    observing.leave(seat, _visit(request, seat))
    return redirect("workshops:tile", workshop=workshop.pk, number=number)


@for_team
@require_POST
def ticket(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """Open one terminal of the trainee's: to look on, and to type while he allows it."""
    seat = _seat(workshop, number)
    mine = None if workshop.is_over else _open(request, seat).first()
    if mine is None:
        return JsonResponse({"error": _("You do not look on here any more.")}, status=409)
    lab, types = versions.of_or_404(mine.session), mine.may_type and request.POST.get("mode") != "view"
    opened = terminal_of(request, mine.session, lab, may_look=False, may_type=types)
    if types:
        observing.types(seat, mine)
    return opened
