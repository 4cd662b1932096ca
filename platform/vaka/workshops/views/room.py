"""The room's pages: for a projector, a desk or a phone."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from labs.engine.definition.spec import Lab, Stage
from labs.models import CheckStatus
from labs.pages.sse import answer
from labs.pages.stages import SHAPES, words
from labs.registry import versions
from labs.registry.translations import authored
from vaka.web.http import SignedInRequest
from vaka.web.markdown import render as markdown
from vaka.workshops.models import PLANNERS, Workshop
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.permissions import for_team
from vaka.workshops.room.state import Room
from vaka.workshops.room.tiles import Cell, Tile
from vaka.workshops.services import help_requests, presence
from vaka.workshops.views import sse

LOGGED = 100  # deeds on a page


@for_team
@require_safe
@gzip_page  # read anew whenever somebody in the room moves; what is secret in it is padded
def room(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The whole room; a script on the page asks for the parts that change."""
    found = Room.of(workshop, lab_chosen(request))
    context = {"room": found, "workshop": workshop, "may_plan": workshop.role_of(request.user) in PLANNERS}
    if request.headers.get("X-Vaka") == "part":
        return render(request, "workshops/_room.html", context)
    if workshop.staff.filter(user=request.user).exists():
        presence.team_is_at(workshop, request.user, presence.place_of(request))
    notes: SafeString | str = markdown(found.item.notes) if found.item and found.item.notes else ""
    coming = workshop.agenda.filter(opened_at=None).first()
    solutions = [(lab, stages) for lab in found.in_focus if (stages := solution(lab))]
    more = {"notes": notes, "solutions": solutions, "coming": coming, "jumps": staged(found.in_focus)}
    return render(request, "workshops/room.html", context | more)


def staged(labs: Iterable[Lab]) -> list[Lab]:
    """Those in which somebody can be brought to a stage."""
    return [lab for lab in labs if len(lab.stages) > 1]


def lab_chosen(request: HttpRequest) -> str:
    """The lab that the address asks for; without one each seat is seen in the lab where it works."""
    return request.GET.get("lab", "")[:100]


def to_room(request: HttpRequest, workshop: Workshop, number: int = 0) -> HttpResponse:
    """Back to the room, or to a seat of it, with the lab that was chosen there."""
    name, where = ("workshops:tile", {"number": number}) if number else ("workshops:room", {})
    query = {"lab": lab} if (lab := lab_chosen(request)) else None
    return redirect(reverse(name, kwargs={"workshop": workshop.pk, **where}, query=query))


def solution(lab: Lab | None) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """(number, title, (node, lines)) of each stage that has one."""
    found = []
    for number, stage in enumerate(lab.stages if lab else (), 1):
        lines = [(node, "\n".join(typed)) for node, typed in (lab.solution if lab else {}).get(stage.id, {}).items()]
        if lines:
            found.append((number, authored(stage.title), lines))
    return found


@for_team
@require_safe
def tile(request: SignedInRequest, workshop: Workshop, number: int) -> HttpResponse:
    """One seat: what he needs, his verdicts in the lab where he works or in another, its solution with his numbers, and
    what was done to it.
    """
    seat = get_object_or_404(workshop.places.select_related("user"), number=number)
    found = Room.of(workshop, lab_chosen(request))
    one = next(tile for tile in found.shown if tile.seat.pk == seat.pk)
    context = {
        "workshop": workshop,
        "room": found,
        "jumps": staged([one.lab] if one.lab else []),
        "seat": seat,
        "tile": one,
        "needs": [(other, need) for other, need in found.needs if other.seat.pk == seat.pk],
        "in_the_room": presence.counts_now(seat),
        "stages": list(_stages(one)),
        "solution": solution(_own_lab(one)),
        "log": SeatLogEntry.objects.seen_from(seat).select_related("by")[:LOGGED],
    }
    return render(request, "workshops/room_seat.html", context)


def _stages(one: Tile) -> Iterator[tuple[Stage, Cell, list[tuple[Any, ...]]]]:
    for stage, cell in zip(one.lab.stages if one.lab else (), one.cells, strict=True):
        checks = [
            (check, row, SHAPES.get(row.outcome, "unknown") if row else "none", *(_said(row) if row else ("", "")))
            for check, row in one.checks_of(stage)
        ]
        yield stage, cell, checks


def _said(row: CheckStatus) -> tuple[str, str]:
    return words(row.seen), words(row.cause)


def _own_lab(one: Tile) -> Lab | None:
    """The lab with the numbers that this trainee has."""
    try:
        return versions.of(one.session) if one.session else one.lab
    except versions.NoSuchLab:
        return one.lab


@require_safe
@login_required
async def events(request: HttpRequest, workshop: int) -> StreamingHttpResponse:
    """What moves in the room, as server-sent events."""
    user = await request.auser()
    found = await Workshop.objects.run_by(user).filter(pk=workshop).afirst()
    if found is None:
        raise Http404
    return answer(sse.of_room(request, found))


@for_team
@require_POST
def resolve(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Somebody has helped."""
    number = request.POST.get("seat", "")
    seat = get_object_or_404(workshop.places, number=int(number) if number.isdecimal() and len(number) < 5 else 0)
    if not help_requests.resolve(workshop, seat, request.POST.get("about", ""), request.user):
        messages.info(request, _("Somebody was faster: this is seen to already."))
    return to_room(request, workshop)
