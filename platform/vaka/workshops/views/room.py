"""The room and its seats, live: for a desk or a phone."""

from collections.abc import Collection, Iterable, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labs import permissions
from labs.engine.definition.spec import Lab
from labs.lifecycle import copies
from labs.models import LabSession
from labs.pages import live_map
from labs.pages.event_stream import answer
from labs.registry import versions
from labs.translations import authored
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.web.markdown import render as markdown
from vaka.workshops.models import AgendaItem, SeatLogEntry, Workshop
from vaka.workshops.permissions import for_team, may_plan
from vaka.workshops.room import seat_checks
from vaka.workshops.room.room import Room
from vaka.workshops.room.tiles import Tile
from vaka.workshops.services import raised_hands, room_presence, supervised_attempts
from vaka.workshops.views import event_stream
from vaka.workshops.views.back_to_room import chosen_lab, to_room

LOG_ENTRIES = 100


@for_team
@require_safe
def room(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The room. Its script asks for the parts that change."""
    found = Room.of(workshop, chosen_lab(request))
    context = {"room": found, "workshop": workshop, "may_plan": may_plan(workshop, request.user)}
    if request.headers.get("X-Vaka") == "part":
        return render(request, "workshops/_room.html", context)
    if workshop.accepted_team.filter(user=request.user).exists():
        room_presence.record_room_network(workshop, request.user, room_presence.network_of_request(request))
    agenda = list(workshop.agenda.all())
    notes: SafeString | str = markdown(found.item.notes) if found.item and found.item.notes else ""
    more = {
        "notes": notes,
        "solutions": [(lab, stages) for lab in found.in_focus if (stages := solution(lab))],
        "agenda": agenda,
        "next_item": next_to_open(agenda),
        "staged_labs": staged(found.in_focus),
        "has_map": any(live_map.has_map(lab) for lab in found.labs),
    }
    return render(request, "workshops/room.html", context | more)


def next_to_open(agenda: Sequence[AgendaItem]) -> AgendaItem | None:
    """Return the first item that is not open and not over. If all are over, it is the first that was never opened."""
    closed = [item for item in agenda if item.opened_at is None and item.kind != item.Kind.BREAK]
    return next((item for item in closed if item.to_at > timezone.now()), closed[0] if closed else None)


def staged(labs: Iterable[Lab]) -> list[Lab]:
    """The labs with more than one stage: only these have a stage to which a seat can skip."""
    return [lab for lab in labs if len(lab.stages) > 1]


def solution(lab: Lab | None, nodes: Collection[str] | None = None) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """(number, title, (node, lines)) of each stage that has a solution. NODES: on these nodes only."""
    found = []
    for number, stage in enumerate(lab.stages if lab else (), 1):
        all_typed = (lab.solution if lab else {}).get(stage.id, {})
        lines = [(node, "\n".join(typed)) for node, typed in all_typed.items() if nodes is None or node in nodes]
        if lines:
            found.append((number, authored(stage.title), lines))
    return found


@for_team
@require_safe
def room_seat(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """One seat: its needs, its verdicts in the current or the chosen lab, the solution with its values, and its log."""
    seat = get_object_or_404(workshop.seats.select_related("user"), number=number)
    found = Room.of(workshop, chosen_lab(request))
    tile = next(tile for tile in found.shown if tile.seat.pk == seat.pk)
    needs = [need for other, need in found.needs if other.seat.pk == seat.pk]
    context = {
        "workshop": workshop,
        "room": found,
        "staged_labs": staged([tile.lab] if tile.lab else []),
        "seat": seat,
        "tile": tile,
        "needs": needs,
        "need": needs[0] if needs else None,  # which an action on the seat answers
        "is_supervised": supervised_attempts.is_supervised_now(seat),
        "copyable": _copyable(request.user, tile),
        "stages": list(seat_checks.by_stage(tile)),
        "solution": solution(_lab_of_seat(tile), tile.class_seat.nodes if tile.class_seat else None),
        "log": SeatLogEntry.objects.readable_at(seat).select_related("by", "job")[:LOG_ENTRIES],
    }
    return render(request, "workshops/room_seat.html", context)


def _copyable(user: User, tile: Tile) -> LabSession | None:
    """The lab session of the seat, if the user may open a copy of it. Helpers may not."""
    if tile.session is None or not user.is_instructor:
        return None
    found = permissions.of(user).filter(pk=tile.session.pk).exclude(learner=user).first()
    return found if found and copies.can_be_copied(found) else None


def _lab_of_seat(tile: Tile) -> Lab | None:
    """The lab with the values that were drawn for this trainee."""
    try:
        return versions.of(tile.session) if tile.session else tile.lab
    except versions.NoSuchLab:
        return tile.lab


@require_safe
@login_required
async def events(request: SignedInRequest, workshop: int) -> HttpResponseBase:
    """Server-sent events about the room."""
    user = await request.auser()
    found = await Workshop.objects.run_by(user).filter(pk=workshop).afirst()
    if found is None:
        raise Http404
    return answer(request, user, event_stream.room_stream(request, found))


@for_team
@require_POST
def resolve(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Mark a need of a seat as done."""
    number = request.POST.get("seat", "")
    seat = get_object_or_404(workshop.seats, number=int(number) if number.isdecimal() and len(number) < 5 else 0)
    if not raised_hands.resolve(workshop, seat, request.POST.get("about", ""), request.user):
        messages.info(request, _("This was done already: it was marked as done, or the hand was lowered."))
    return to_room(request, workshop)
