"""Buttons of the room that act on one seat, on selected seats or on all."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from labs.registry import versions
from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.permissions import for_team, may_plan, while_held
from vaka.workshops.services import raised_hands, seat_actions
from vaka.workshops.services.seat_actions import ActionOutcome
from vaka.workshops.views.back_to_room import back_to_room, posted_number

# For all seats: a helper's mistake would cost the whole room its work
PLANNERS_ONLY = {"reset", "skip_to_stage", "stop", "resume"}
RUN_AS_JOBS = {"reset", "skip_to_stage"}  # they can fail later
DEFAULT_MINUTES = 10
NAMED = 10  # seats in a message


def _selected(request: SignedInRequest, workshop: Workshop) -> list[Seat]:
    """The selected seats that are taken; all of them if the form says so."""
    seats = list(workshop.seats.taken().select_related("workshop"))
    if request.POST.get("all"):
        return seats
    wanted = set(request.POST.getlist("seats"))
    return [seat for seat in seats if str(seat.number) in wanted]


def _are_all(workshop: Workshop, seats: list[Seat]) -> bool:
    """Whether a selection is the whole room. One person alone in a room is not."""
    return len(seats) > 1 and len(seats) == workshop.seats.taken().count()


@for_team
@require_POST
@while_held
def seat_action(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Do one action on the selected seats, or on all."""
    action, seats = request.POST.get("action", ""), _selected(request, workshop)
    on_all = bool(request.POST.get("all")) or _are_all(workshop, seats)
    if on_all and action in PLANNERS_ONLY and not may_plan(workshop, request.user):
        raise PermissionDenied
    if not seats and not on_all:
        messages.warning(request, _("No seat is selected. Select at least one seat."))
        return back_to_room(request, workshop)
    if action == "message" or "done" in request.POST:
        if _send_message(request, workshop, None if on_all else seats) and "done" in request.POST and len(seats) == 1:
            raised_hands.resolve(workshop, seats[0], request.POST.get("about", ""), request.user)
    else:
        _report(request, action, _outcome(request, workshop, action, seats))
    return back_to_room(request, workshop)


def _send_message(request: SignedInRequest, workshop: Workshop, seats: list[Seat] | None) -> bool:
    """Send the message of the form; False if it is empty."""
    text = request.POST.get("text", "").strip()
    if not text:
        messages.warning(request, _("The message is empty, so it was not sent. Write a text first."))
        return False
    seat_actions.send_message(workshop, seats, request.user, text)
    messages.success(request, _("Message sent."))
    return True


def _outcome(request: SignedInRequest, workshop: Workshop, action: str, seats: list[Seat]) -> ActionOutcome:
    by = request.user
    if action == "extend":
        minutes = posted_number(request.POST.get("minutes", ""), DEFAULT_MINUTES)
        return seat_actions.extend(workshop, seats, by, minutes)
    if action == "reset":
        return seat_actions.reset(workshop, seats, by)
    if action == "stop":
        return seat_actions.save_and_stop(workshop, seats, by)
    if action == "resume":
        return seat_actions.resume(workshop, seats, by)
    if action == "put_first":
        return seat_actions.put_first(workshop, seats, by)
    if action == "skip_to_stage":
        lab_id, _bar, stage = request.POST.get("stage", "").partition("|")
        lab = versions.newest_or_404(lab_id)
        only_behind = bool(request.POST.get("all")) or _are_all(workshop, seats)
        return seat_actions.skip_to_stage(workshop, seats, by, lab, stage, only_behind=only_behind)
    raise Http404(action)


def _report(request: SignedInRequest, action: str, outcome: ActionOutcome) -> None:
    if outcome.done and action in RUN_AS_JOBS:
        text = ngettext(
            "Begun at %(n)d seat. If it fails, you read so under “Help needed”.",
            "Begun at %(n)d seats. If it fails at one, you read so under “Help needed”.",
            outcome.done,
        )
        messages.success(request, text % {"n": outcome.done})
    elif outcome.done:
        text = ngettext("Done at %(n)d seat.", "Done at %(n)d seats.", outcome.done)
        messages.success(request, text % {"n": outcome.done})
    if outcome.not_done:
        text = _(
            "Not done at seats %(seats)s: there is no lab there for this, or another job is running in it. Wait until the "
            "job has ended and try again, or ask the trainee to start the lab."
        )
        messages.warning(request, text % {"seats": _numbers(outcome.not_done)})
    if outcome.ahead:
        text = _(
            "Left as they are: seats %(seats)s. They have come as far. To skip there all the same, select these seats."
        )
        messages.info(request, text % {"seats": _numbers(outcome.ahead)})
    if outcome.exam_over:
        text = _("Left as they are: seats %(seats)s. Their exam is over, and their work is graded as it is.")
        messages.info(request, text % {"seats": _numbers(outcome.exam_over)})
    if outcome.in_exam:
        text = _(
            "Left as they are: seats %(seats)s. They sit an exam, in which nobody resets, skips or stops the lab for them. End "
            "it on the page of the exam, or wait until they have handed in."
        )
        messages.info(request, text % {"seats": _numbers(outcome.in_exam)})
    if outcome.others_wait:
        text = _(
            "Not put first: seats %(seats)s. People outside this workshop wait before them. Ask an administrator "
            "of this site, who can put them first."
        )
        messages.warning(request, text % {"seats": _numbers(outcome.others_wait)})


def _numbers(seats: tuple[int, ...]) -> str:
    return ", ".join(map(str, seats[:NAMED]))
