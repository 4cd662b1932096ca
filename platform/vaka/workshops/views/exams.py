"""The pages of an exam: the learner's, on which it is begun and handed in, and the team's."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labs.engine.definition.spec import Lab
from labs.lifecycle import services
from labs.models import State, VerdictRecord
from labs.registry import versions
from labs.terminals import closing_terminals
from labs.translations import authored
from vaka.accounts.requests import SignedInRequest
from vaka.accounts.sign_ins import end_other_sign_ins
from vaka.workshops.models import AgendaItem, Seat, Sitting, Workshop
from vaka.workshops.permissions import for_planners, for_team, may_plan, own_seat, while_held
from vaka.workshops.services import exam_results, exams, seat_presence
from vaka.workshops.services.room_presence import network_of_request
from vaka.workshops.views.join import SEAT_KEY

SOON, SELDOM = 5, 15  # seconds between two updates of an open page


def _exam(workshop: Workshop, exam: int) -> AgendaItem:
    kind = AgendaItem.Kind.EXAM
    return get_object_or_404(workshop.agenda.select_related("workshop"), pk=exam, kind=kind)


def _lab(item: AgendaItem) -> Lab | None:
    """The lab of an exam; None if it has left the catalogue."""
    try:
        return versions.newest(item.labs[0])
    except versions.NoSuchLab:
        return None


def _lab_title(item: AgendaItem) -> str:
    return authored(versions.title_of(item.labs[0])) or item.labs[0]


@login_required
@require_safe
@never_cache
def exam(request: SignedInRequest, workshop: int, exam: int) -> HttpResponse:
    """The exam of the learner's seat: its rules, then the way to the lab and to handing in, then the result."""
    seat = own_seat(request, workshop)
    item = _exam(seat.workshop, exam)
    if item.opened_at is None:
        raise Http404(item)
    seat_presence.record_open_page(seat, network_of_request(request))
    sitting = item.sittings.filter(seat=seat).select_related("session", "item__workshop", "attempt").first()
    begun = sitting if sitting and sitting.began_at else None
    is_ready = bool(begun and begun.session and begun.session.state == State.READY)
    context = {
        "workshop": seat.workshop,
        "seat": seat,
        "item": item,
        "sitting": begun,
        "lab": item.labs[0],
        "lab_title": _lab_title(item),
        "is_ready": is_ready,
        "is_over": bool(begun and (begun.handed_in_at or (begun.session and begun.session.exam_is_over))),
        "minutes_left": begun.session.minutes_left(seat.workshop.paused_since) if begun and begun.session else 0,
        "fresh": _seconds_until_news(item, begun, is_ready=is_ready),
        "may_begin": begun is None and exams.may_begin(item, seat),
        "result": next((one for one in exam_results.results(seat.workshop).get(seat.pk, []) if one.item == item), None),
        "stages": _stages(begun),
    }
    return render(request, "workshops/exam.html", context)


def _seconds_until_news(item: AgendaItem, sitting: Sitting | None, *, is_ready: bool) -> int:
    """The seconds after which the page reloads; 0 if nothing can change without the learner.

    Before the learner begins, a pause can end, the team can admit them, and the exam can end.
    """
    if item.results_opened_at or (sitting is None and item.ended_at):
        return 0
    if sitting is None:
        return SOON
    is_over = sitting.session is not None and sitting.session.exam_is_over
    is_working = is_ready and not sitting.handed_in_at and not is_over
    return SELDOM if is_working or sitting.ended_at else SOON


def _stages(sitting: Sitting | None) -> list[tuple[str, int, int]]:
    """(title, points, out of) of each stage of a result that is opened. Hidden checks are only counted."""
    attempt = sitting.result if sitting else None
    if attempt is None:
        return []
    points: dict[str, tuple[int, int]] = {}
    for stage, had, of in VerdictRecord.objects.filter(attempt=attempt).values_list("stage", "points", "out_of"):
        before = points.get(stage, (0, 0))
        points[stage] = before[0] + had, before[1] + of
    try:
        titles = {stage.id: authored(stage.title) for stage in versions.of(attempt).stages}
    except versions.NoSuchLab:
        titles = {}
    return [(titles.get(stage, stage), *counts) for stage, counts in points.items()]


@login_required
@require_POST
@never_cache
def begin_exam(request: SignedInRequest, workshop: int, exam: int) -> HttpResponse:
    """Begin the exam, and redirect to its lab. A lab that the learner has open is saved and stopped first, but no class lab.

    The learner stays signed in here only, and terminals that are open end: ``ExamRules`` closes what they open from now on.
    This browser forgets the lessons that it keeps for reading offline.
    """
    seat = own_seat(request, workshop)
    item = _exam(seat.workshop, exam)
    request.session[SEAT_KEY] = seat.pk
    if exams.may_begin(item, seat) and not exams.leads_class_lab(request.user):
        end_other_sign_ins(request)
        closing_terminals.close_all(request.user.pk)
    try:
        sitting = exams.begin(item, seat)
    except exams.MayNotSit:
        messages.warning(request, _("You cannot begin this exam now. Ask your instructor."))
    except services.HasAnother as error:
        text = _("You lead a class lab. Stop it first, then begin the exam.")
        if not exams.is_led(error.session):
            services.stop_session(error.session)
            text = _("Your other lab is being saved and stopped. Begin the exam again in a few seconds.")
        messages.warning(request, text)
    except services.MayNotStart as error:
        messages.warning(request, str(error))
    except versions.NoSuchLab:
        messages.warning(request, _("The lab of this exam is not on this site any more. Tell your instructor."))
    else:
        closing_terminals.close_all(request.user.pk)  # also what was opened while the exam began
        if sitting.session and not sitting.handed_in_at:
            return redirect("labs:lab", lab=sitting.session.lab)
    return redirect("workshops:exam", workshop=workshop, exam=exam)


@login_required
@require_POST
@never_cache
def hand_in_exam(request: SignedInRequest, workshop: int, exam: int) -> HttpResponse:
    seat = own_seat(request, workshop)
    sitting = get_object_or_404(Sitting.objects.begun().filter(item=_exam(seat.workshop, exam)), seat=seat)
    exams.hand_in(sitting)
    messages.success(request, _("You have handed in your exam."))
    return redirect("workshops:exam", workshop=workshop, exam=exam)


@dataclass(frozen=True, slots=True)
class Row:
    """One seat on the team's page of an exam."""

    seat: Seat
    sitting: Sitting | None
    may_begin: bool
    score: exam_results.ExamResult | None

    @property
    def minutes_left(self) -> int:
        """The minutes that the learner still has, as the lab page says it."""
        session = self.sitting.session if self.sitting else None
        return session.minutes_left(self.seat.workshop.paused_since) if session else 0


@for_team
@require_safe
def exam_overview(request: SignedInRequest, workshop: Workshop, exam: int) -> HttpResponse:
    """The exam for the team: how far each seat is. Results are sealed until they are opened, for the team too."""
    item = _exam(workshop, exam)
    lab = _lab(item)
    sittings = {one.seat_id: one for one in item.sittings.select_related("session")}
    results = exam_results.results(workshop)

    def row(seat: Seat) -> Row:
        sitting = sittings.get(seat.pk)
        was_there = bool(item.opened_at and seat.joined_at and seat.joined_at <= item.opened_at)
        score = next((one for one in results.get(seat.pk, []) if one.item == item), None)
        return Row(seat, sitting if sitting and sitting.began_at else None, was_there or sitting is not None, score)

    context = {
        "workshop": workshop,
        "item": item,
        "lab_title": _lab_title(item),
        "is_lab_gone": lab is None,
        "has_parameters": bool(lab and lab.parameters),
        "rows": [row(seat) for seat in workshop.seats.taken()],
        "may_plan": may_plan(workshop, request.user),
        "can_close": not item.results_opened_at and not item.sittings.begun().exists(),
        "can_open_results": exams.can_open_results(item),
        "now": timezone.now(),
    }
    return render(request, "workshops/exam_overview.html", context)


@for_planners
@require_POST
@while_held
def admit_to_exam(request: SignedInRequest, workshop: Workshop, exam: int, number: int) -> HttpResponse:
    """Admit a seat that joined late, and show the page of the exam again."""
    item = _exam(workshop, exam)
    exams.admit(item, get_object_or_404(workshop.seats.taken(), number=number), request.user)
    return redirect("workshops:exam_overview", workshop=workshop.pk, exam=exam)


@for_planners
@require_POST
def end_exam(request: SignedInRequest, workshop: Workshop, exam: int) -> HttpResponse:
    """End the exam for everybody."""
    if exams.end(_exam(workshop, exam), request.user):
        messages.success(request, _("The exam has ended. All work is being graded."))
    return redirect("workshops:exam_overview", workshop=workshop.pk, exam=exam)


@for_planners
@require_POST
def open_results(request: SignedInRequest, workshop: Workshop, exam: int) -> HttpResponse:
    if exams.open_results(_exam(workshop, exam), request.user):
        messages.success(request, _("The results are open. Each trainee can read their own."))
    else:
        messages.warning(
            request, _("The results are still sealed: end the exam first, and wait until all work is graded.")
        )
    return redirect("workshops:exam_overview", workshop=workshop.pk, exam=exam)
